using System.Buffers;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Offload;
using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine;

/// <summary>
/// Verifies a blob store without changing it: header, nodes, root pages, every snapshot, section and segment that a root names, byte by byte. Nodes may be at work meanwhile: what they replace while it
/// is looked at is looked at again. For one run.
/// </summary>
public sealed class StoreInspector
{
    private const int Piece = 1024 * 1024;

    private readonly StoreAccess _store;
    private readonly IProgress<StoreInspectionProgress>? _progress;
    private readonly List<StoreFinding> _findings = [];
    private readonly Dictionary<BlobId, string> _segments = [];
    private readonly Dictionary<BlobId, string> _packs = [];

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

        (done, long bytes) = (0, 0);
        foreach (var (segment, stream) in _segments)
        {
            bytes += await VerifyAsync(segment.Segment, stream, cancellationToken);
            _progress?.Report(new StoreInspectionProgress("segments", ++done, _segments.Count));
        }

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
            _packs[at] = name;
            SegmentLookup part = (await _store.ReadSnapshotAsync(root, cancellationToken)).Segments;
            Add(part, root);
            while (part.Older is { } section && section.End > root.Head)
            {
                at = section.Item.Blob;
                _packs[at] = name;
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

    /// <summary>Reads a segment from its beginning to its end, and holds it against the digest that it ends with.</summary>
    private async Task<long> VerifyAsync(BlobName name, string stream, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            if (await _store.Blobs.HeadAsync(name, cancellationToken) is not { } info)
            {
                _findings.Add(new StoreFinding(name.Value, stream, "It is named by a snapshot and missing."));
                return 0;
            }

            using var digest = new SegmentDigest(info.Length, []);
            for (long offset = 0; offset < info.Length;)
            {
                var read = await _store.Blobs.ReadAsync(name, offset, buffer.AsMemory(0, (int)Math.Min(Piece, info.Length - offset)), cancellationToken);
                digest.Append(buffer.AsSpan(0, read.Count));
                offset += read.Count;
                if (read.Count == 0)
                    break;
            }

            if (!digest.Complete())
                _findings.Add(new StoreFinding(name.Value, stream, $"Its {info.Length} bytes do not agree with the digest that they end with."));

            return info.Length;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
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
/// <param name="Phase">"roots", "snapshots" or "segments".</param>
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
