using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Offload;

/// <summary>
/// Everything that roots name: packs, and segments with records at or above the head. Throws what cannot be read, because what is named only there is named all the same. For one thread.
/// </summary>
internal sealed class NamedBlobs(StoreAccess store)
{
    private readonly HashSet<BlobId> _segments = [];
    private readonly HashSet<BlobId> _packs = [];

    /// <summary>The segments.</summary>
    public IReadOnlySet<BlobId> Segments => _segments;

    /// <summary>The packs.</summary>
    public IReadOnlySet<BlobId> Packs => _packs;

    /// <summary>Adds what one root names.</summary>
    public async Task AddAsync(RootEntry root, CancellationToken cancellationToken)
    {
        _packs.Add(root.Snapshot.Blob);
        SegmentLookup part = (await store.ReadSnapshotAsync(root, cancellationToken)).Segments;
        Add(part, root.Head);
        while (part.Older is { } section && section.End > root.Head)
        {
            _packs.Add(section.Item.Blob);
            part = await store.ReadSectionAsync(section, root.Id, cancellationToken);
            Add(part, root.Head);
        }
    }

    private void Add(SegmentLookup part, long head)
    {
        foreach (ref readonly var run in part.Refs)
        {
            if (run.End > head)
                _segments.Add(run.Blob);
        }
    }
}
