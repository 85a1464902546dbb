using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Reading;

/// <summary>
/// Finds the segment of a record: root, snapshot, index sections. Keeps what it read, up to <see cref="Capacity"/>. Throws what <see cref="IPublished"/> does, and
/// <see cref="LogException"/> (StoreUnavailable) as long as the store is not attached. Safe for use by any number of threads.
/// </summary>
internal sealed class SegmentMaps(IPublished published)
{
    /// <summary>Segments kept in snapshots, and again as many in sections: about 100 bytes each.</summary>
    public const int Capacity = 64 * 1024;

    private readonly LoadingCache<StreamId, SegmentMap> _maps = new(Capacity);
    private readonly LoadingCache<PackRef, CachedSection> _sections = new(Capacity);

    /// <summary>The map of a stream, as new as it takes for a question that is not answered by an older one.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="answers">Is this map new enough?</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async ValueTask<SegmentMap> GetAsync(StreamId stream, Func<SegmentMap, bool> answers, CancellationToken cancellationToken)
    {
        if (published.StoreId is null)
            throw new LogException(LogErrorCode.StoreUnavailable, "The blob store is not attached yet.", new LogErrorFacts(Reason: "attaching"));

        var stops = new ReaderStops();
        while (true)
        {
            var root = published.Find(stream)
                ?? throw new LogException(LogErrorCode.Corrupt, "The stream has offloaded records and no root.", new LogErrorFacts(Reason: "missing"));
            var map = await _maps.GetAsync(stream, (Root: root, stops), async state => await LoadAsync(state.Root, state.stops), cancellationToken);
            map.Release();
            if (map.Snapshot == root.Snapshot || answers(map))
                return map;

            stops = map.Stops;
            _maps.Remove(stream);
        }
    }

    /// <summary>Where the segment of a record is.</summary>
    public ValueTask<SegmentHit> FindAsync(SegmentMap map, long lsn, CancellationToken cancellationToken) =>
        FollowAsync(map, map.Segments.ByLsn(lsn), lsn, static (part, wanted) => part.ByLsn(wanted), cancellationToken);

    /// <summary>Where the first record is that is not older than a time.</summary>
    public ValueTask<SegmentHit> FindByTimeAsync(SegmentMap map, long timestamp, CancellationToken cancellationToken) =>
        FollowAsync(map, map.Segments.ByTime(timestamp), timestamp, static (part, wanted) => part.ByTime(wanted), cancellationToken);

    /// <summary>The segment was not where the map says.</summary>
    public void Forget(StreamId stream) => _maps.Remove(stream);

    private async Task<SegmentMap> LoadAsync(RootEntry root, ReaderStops stops)
    {
        var snapshot = await published.ReadSnapshotAsync(root, CancellationToken.None);
        return new SegmentMap(root.Id, root.Snapshot, snapshot.Segments, stops);
    }

    private async ValueTask<SegmentHit> FollowAsync(
        SegmentMap map, SegmentHit hit, long wanted, Func<SegmentLookup, long, SegmentHit> find, CancellationToken cancellationToken)
    {
        // Each section is older than what names it, so this ends.
        while (hit.Kind == SegmentHitKind.Older)
        {
            var section = await _sections.GetAsync(
                hit.Section.Item,
                (hit.Section, map.Stream),
                async state => new CachedSection(await published.ReadSectionAsync(state.Section, state.Stream, CancellationToken.None)),
                cancellationToken);
            section.Release();
            hit = find(section.Section, wanted);
        }

        return hit;
    }
}
