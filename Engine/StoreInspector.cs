using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Metadata;
using Orleans.Log.Engine.Offload;
using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine;

/// <summary>
/// Verifies a blob store without changing it: header, nodes, root pages, every snapshot, section, pack and segment that a root names, byte
/// by byte, and every metadata value. Nodes may be at work meanwhile: a finding counts only if its root is still current. For one run.
/// </summary>
public sealed class StoreInspector
{
    private readonly StoreAccess _store;
    private readonly IProgress<StoreInspectionProgress>? _progress;
    private readonly List<StoreFinding> _findings = [];
    private readonly Dictionary<BlobId, string> _segments = [];
    private readonly Dictionary<BlobId, List<RootEntry>> _packs = [];

    private StoreInspector(StoreAccess store, IProgress<StoreInspectionProgress>? progress) => (_store, _progress) = (store, progress);

    /// <summary>
    /// Verifies a store. What is wrong with it is in the result; throws <see cref="BlobStoreException"/> only if the store fails.
    /// </summary>
    /// <param name="blobs">The store.</param>
    /// <param name="progress">Told after each blob.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<StoreInspection> InspectAsync(IBlobStore blobs, IProgress<StoreInspectionProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blobs);
        try
        {
            var opening = new StoreOpening(blobs, TimeProvider.System, newId: null, probe: null);
            return await opening.FindAsync(cancellationToken) is { } store
                ? await new StoreInspector(store, progress).RunAsync(cancellationToken)
                : new StoreInspection(null, 0, 0, 0, 0, 0, 0, [new StoreFinding(StoreHeader.Name.Value, null, "There is no store here: its header is missing.")]);
        }
        catch (StoreFormatException error)
        {
            return new StoreInspection(null, 0, 0, 0, 0, 0, 0, [new StoreFinding(StoreHeader.Name.Value, null, error.Message)]);
        }
    }

    private async Task<StoreInspection> RunAsync(CancellationToken cancellationToken)
    {
        var roots = await RootsAsync(cancellationToken);
        long done = 0;
        foreach (var root in roots)
        {
            await SnapshotAsync(root, cancellationToken);
            _progress?.Report(new StoreInspectionProgress("snapshots", ++done, roots.Count));
        }

        await VerifyPacksAsync(cancellationToken);
        var bytes = await VerifySegmentsAsync(cancellationToken);
        await VerifyMetadataAsync(cancellationToken);
        var nodes = await NodesAsync(cancellationToken);
        return new StoreInspection(_store.Id, nodes, roots.Count, _packs.Count, _segments.Count, bytes, await OrphansAsync(cancellationToken), _findings);
    }

    private async Task<List<RootEntry>> RootsAsync(CancellationToken cancellationToken)
    {
        var roots = new List<RootEntry>();
        for (var number = 0; number < RootPage.Count; number++)
        {
            try
            {
                roots.AddRange((await _store.ReadPageAsync(number, cancellationToken)).Page.Entries);
            }
            catch (StoreFormatException error)
            {
                _findings.Add(new StoreFinding(RootPage.NameOf(number).Value, null, error.Message));
            }

            _progress?.Report(new StoreInspectionProgress("roots", number + 1, RootPage.Count));
        }

        return roots;
    }

    private async Task SnapshotAsync(RootEntry root, CancellationToken cancellationToken)
    {
        var (name, at) = (root.Name.Value, root.Snapshot.Blob);
        try
        {
            AddPack(at, root);
            SegmentLookup part = (await _store.ReadSnapshotAsync(root, cancellationToken)).Segments;
            Add(part, root);
            while (part.Older is { } section && section.End > root.Head)
            {
                at = section.Item.Blob;
                AddPack(at, root);
                part = await _store.ReadSectionAsync(section, root.Id, cancellationToken);
                Add(part, root);
            }
        }
        catch (StoreFormatException error)
        {
            // A node at work replaces roots, and its sweeper deletes what the old ones named.
            if (await IsCurrentAsync(root, cancellationToken))
                _findings.Add(new StoreFinding(at.Pack.Value, name, error.Message));
        }
    }

    private void AddPack(BlobId pack, RootEntry root)
    {
        if (!_packs.TryGetValue(pack, out var roots))
            _packs.Add(pack, roots = []);

        roots.Add(root);
    }

    private void Add(SegmentLookup part, RootEntry root)
    {
        foreach (ref readonly var run in part.Refs)
        {
            if (run.End > root.Head)
                _segments[run.Blob] = root.Name.Value;
        }
    }

    private async Task<bool> IsCurrentAsync(RootEntry root, CancellationToken cancellationToken) =>
        (await _store.ReadPageAsync(RootPage.NumberOf(root.Id), cancellationToken)).Page.Find(root.Id) == root;

    private async Task VerifyPacksAsync(CancellationToken cancellationToken)
    {
        long done = 0;
        foreach (var (pack, roots) in _packs)
        {
            _progress?.Report(new StoreInspectionProgress("packs", ++done, _packs.Count));
            if (_findings.Exists(finding => finding.Blob == pack.Pack.Value))
                continue;

            var (_, problem) = await WholeBlob.VerifyAsync(_store, pack, isPack: true, cancellationToken);
            if (problem is not null && await FirstCurrentAsync(roots, cancellationToken) is { } root)
                _findings.Add(new StoreFinding(pack.Pack.Value, root.Name.Value, problem));
        }
    }

    private async Task<RootEntry?> FirstCurrentAsync(List<RootEntry> roots, CancellationToken cancellationToken)
    {
        foreach (var root in roots)
        {
            if (await IsCurrentAsync(root, cancellationToken))
                return root;
        }

        return null;
    }

    private async Task<long> VerifySegmentsAsync(CancellationToken cancellationToken)
    {
        long done = 0, bytes = 0;
        foreach (var (segment, stream) in _segments)
        {
            var (length, problem) = await WholeBlob.VerifyAsync(_store, segment, isPack: false, cancellationToken);
            if (problem is not null)
                _findings.Add(new StoreFinding(segment.Segment.Value, stream, problem));

            bytes += length;
            _progress?.Report(new StoreInspectionProgress("segments", ++done, _segments.Count));
        }

        return bytes;
    }

    private async Task VerifyMetadataAsync(CancellationToken cancellationToken)
    {
        foreach (var blob in await _store.ListAsync("meta/", cancellationToken))
        {
            try
            {
                await StoreAccess.Twice(async () =>
                {
                    var found = await StoreAccess.FindAsync(_store.Blobs, blob.Name, MetadataFrame.MaxLength, cancellationToken);
                    if (found is { } value)
                        RequireName(MetadataFrame.Read(value.Content), blob.Name);

                    return found;
                });
            }
            catch (StoreFormatException error)
            {
                _findings.Add(new StoreFinding(blob.Name.Value, null, error.Message));
            }
        }
    }

    private static void RequireName(MetadataFrame frame, BlobName name)
    {
        if (new MetadataNames(frame.Cluster).Of(frame.Key) != name)
            throw StoreFormat.Incoherent($"It is the value of key '{frame.Key.Value}' of cluster '{frame.Cluster}', under another name.");
    }

    private async Task<int> NodesAsync(CancellationToken cancellationToken)
    {
        var nodes = 0;
        foreach (var blob in await _store.ListAsync("nodes/", cancellationToken))
        {
            try
            {
                nodes += Guid.TryParseExact(blob.Name.Value["nodes/".Length..], "N", out var node) && await _store.FindNodeAsync(node, cancellationToken) is not null ? 1 : 0;
            }
            catch (StoreFormatException error)
            {
                _findings.Add(new StoreFinding(blob.Name.Value, null, error.Message));
            }
        }

        return nodes;
    }

    private async Task<long> OrphansAsync(CancellationToken cancellationToken)
    {
        long orphans = 0;
        foreach (var blob in await _store.ListAsync("segments/", cancellationToken))
            orphans += BlobId.TryParse(blob.Name.Value, out var id) && _segments.ContainsKey(id) ? 0 : 1;

        foreach (var blob in await _store.ListAsync("snapshots/", cancellationToken))
            orphans += BlobId.TryParse(blob.Name.Value, out var id) && _packs.ContainsKey(id) ? 0 : 1;

        return orphans;
    }
}

/// <summary>How far an inspection is.</summary>
/// <param name="Phase">"roots", "snapshots", "packs" or "segments".</param>
/// <param name="Done">Looked at in this phase.</param>
/// <param name="Total">To be looked at in this phase.</param>
public sealed record StoreInspectionProgress(string Phase, long Done, long Total);

/// <summary>What an inspection found.</summary>
/// <param name="StoreId">Identity of the store; null if there is none.</param>
/// <param name="Nodes">Nodes that write or wrote to it.</param>
/// <param name="Streams">Streams that are published.</param>
/// <param name="Snapshots">Packs of snapshots and sections that are named.</param>
/// <param name="Segments">Segments that are named.</param>
/// <param name="SegmentBytes">Their bytes.</param>
/// <param name="Orphans">Blobs that nothing names: under way, or left for the sweeper. No defect.</param>
/// <param name="Findings">What is wrong; none in a sound store.</param>
public sealed record StoreInspection(
    Guid? StoreId, int Nodes, int Streams, long Snapshots, long Segments, long SegmentBytes, long Orphans, IReadOnlyList<StoreFinding> Findings);

/// <summary>Something that is wrong with a store.</summary>
/// <param name="Blob">Name of the blob.</param>
/// <param name="Stream">Name of a stream that it concerns, if it is known; there may be others.</param>
/// <param name="Problem">What is wrong.</param>
public sealed record StoreFinding(string Blob, string? Stream, string Problem);
