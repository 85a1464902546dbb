using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Reading;

/// <summary>Tables and extents of runs, fetched once for everybody who wants them and kept for a while. Safe for use by any number of threads.</summary>
internal sealed class SegmentRuns(SegmentFetcher fetcher, SegmentReadInstruments instruments, long memoryBytes)
{
    /// <summary>Blocks in the tables kept: about 40 bytes each.</summary>
    public const int TableCapacity = 256 * 1024;

    private readonly LoadingCache<ExtentKey, RunLayout> _layouts = new(TableCapacity);
    private readonly LoadingCache<ExtentKey, Extent> _extents = new(memoryBytes);

    /// <summary>Bytes kept in memory.</summary>
    public long MemoryBytes => _extents.Weight;

    /// <summary>The layout of a run; with its first extent, by the same call, if that will be wanted.</summary>
    public async ValueTask<RunLayout> LayoutAsync(Guid storeId, StreamId stream, SegmentRef run, bool withFirst, CancellationToken cancellationToken)
    {
        var layout = await _layouts.GetAsync(
            new ExtentKey(run.Blob, run.Offset, 0), (Runs: this, storeId, stream, run, withFirst), static state => state.Runs.FetchAsync(state.storeId, state.stream, state.run, state.withFirst), cancellationToken);
        layout.Release();
        return layout;
    }

    /// <summary>An extent, held for the caller.</summary>
    public ValueTask<Extent> ExtentAsync(RunLayout layout, int number, CancellationToken cancellationToken)
    {
        var key = KeyOf(layout, number);
        if (_extents.Find(key) is not { } extent)
            return _extents.GetAsync(key, (Fetcher: fetcher, layout, number), static state => state.Fetcher.FetchAsync(state.layout, state.number), cancellationToken);

        instruments.OnFound();
        return new(extent);
    }

    /// <summary>Is the extent near, or on its way?</summary>
    public bool Knows(RunLayout layout, int number) => _extents.Knows(KeyOf(layout, number));

    private static ExtentKey KeyOf(RunLayout layout, int number) => new(layout.Table.Ref.Blob, layout.Table.Ref.Offset, number);

    private async Task<RunLayout> FetchAsync(Guid storeId, StreamId stream, SegmentRef run, bool withFirst)
    {
        if (!withFirst && run.Length > RunLayout.ExtentLength)
            return await fetcher.FetchTableAsync(storeId, stream, run);

        var (layout, first) = await fetcher.FetchBeginningAsync(storeId, stream, run);
        _extents.Put(KeyOf(layout, 0), first);
        return layout;
    }
}
