using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Offload;

/// <summary>Writes the snapshots of streams whose cuts are carried into one pack: each with the segments of the last one and those of its cut. For one thread, once.</summary>
internal sealed class SnapshotPacker(StoreAccess store, RootPages roots, SegmentLists lists, ReplicaId self, PackBuilder pack)
{
    /// <summary>Adds a stream, and returns the root that will name its snapshot. Throws <see cref="StoreFormatException"/> if its last snapshot cannot be read.</summary>
    public async Task<PackedSnapshot> AddAsync(OffloadJob job, CancellationToken cancellationToken)
    {
        var cut = job.Cut;
        var list = (await LastAsync(cut.Id, cancellationToken)).DropBelow(cut.Head);
        foreach (var run in job.Runs)
        {
            // A publication whose outcome was not known may have happened, and this is the same cut again.
            if (run.End <= list.End || run.End <= cut.Head)
                continue;

            if (list.WantsFold)
                list = await FoldAsync(cut, list, cancellationToken);

            list = list.Append(run);
        }

        var state = cut with { Offloaded = cut.Tail, Unpublished = false, OldestLive = null };
        var item = pack.Add(new Snapshot(new CheckpointStream(job.Entry, state), list));
        return new PackedSnapshot(
            new RootEntry(cut.Id, job.Entry.Name, self, cut.Generation, cut.Term, cut.Head, cut.Tail, cut.LastEntry, cut.AsOf, cut.Sealed, item), list);
    }

    private async Task<SegmentList> LastAsync(StreamId stream, CancellationToken cancellationToken)
    {
        if (roots.Find(stream) is not { } root)
            return SegmentList.Empty;

        return lists.Find(root) ?? (await store.ReadSnapshotAsync(root, cancellationToken)).Segments;
    }

    private async Task<SegmentList> FoldAsync(StreamCheckpoint cut, SegmentList list, CancellationToken cancellationToken)
    {
        if (list.Fold(cut.Id, cut.Head) is not { } fold)
            return list;

        while (fold.Wants is { } section)
            fold.Take(await store.ReadSectionAsync(section, cut.Id, cancellationToken));

        return fold.Complete(pack.Add(fold.Section).Item);
    }
}

/// <summary>A snapshot in a pack: the root that will name it, and the segments that it names.</summary>
internal sealed record PackedSnapshot(RootEntry Root, SegmentList Segments);
