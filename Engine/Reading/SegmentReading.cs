using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Reading;

/// <summary>
/// Reads records that are in the blob store only, as pages like those from the WAL. Damage makes corrupt what it concerns and nothing else; what was read before it is
/// returned first. A store that is away answers <see cref="LogErrorCode.StoreUnavailable"/>. Safe for use by any number of threads.
/// </summary>
internal sealed class SegmentReading : IDisposable
{
    private const int Tries = 3;

    /// <summary>A page that takes this part of an extent holds it instead of copying: so a page never holds more than about so many times its own bytes.</summary>
    private const int LentShare = 4;

    private readonly IPublished _published;
    private readonly SegmentFetcher _fetcher;
    private readonly SegmentMaps _maps;
    private readonly SegmentRuns _runs;
    private readonly SegmentReadAhead _ahead;
    private readonly SegmentDiskCache? _disk;

    /// <summary>Over a store.</summary>
    public SegmentReading(IBlobStore store, IPublished published, SegmentCacheOptions options, SegmentDiskCache? disk, SegmentReadInstruments instruments)
    {
        (_published, _disk) = (published, disk);
        _fetcher = new SegmentFetcher(store, disk, instruments, options.Fetches);
        _maps = new SegmentMaps(published);
        _runs = new SegmentRuns(_fetcher, instruments, options.MemoryBytes);
        _ahead = new SegmentReadAhead(_maps, _runs, options.ReadAheadBytes);
    }

    /// <summary>Bytes of segments kept in memory.</summary>
    public long MemoryBytes => _runs.MemoryBytes;

    /// <summary>
    /// Reads a page of what lies below <see cref="ReadPlan.End"/>, which is offloaded. If the plan looks for a time, and no offloaded record is that new, or records are missing where the first
    /// one should be, there is no page but the LSN at which to read. Throws <see cref="LogException"/> (Corrupt, StoreUnavailable, Draining).
    /// </summary>
    public async ValueTask<SegmentPage> ReadAsync(StreamId stream, ReadPlan plan, CancellationToken cancellationToken)
    {
        for (var left = Tries; ; left--)
        {
            try
            {
                return await ReadOnceAsync(stream, plan, cancellationToken);
            }
            catch (Exception error) when (SegmentErrors.IsMissing(error) && left > 1)
            {
                // What an older snapshot named may have been folded into something newer and swept. If it was trimmed, the caller knows.
                _maps.Forget(stream);
            }
            catch (Exception error) when (SegmentErrors.IsOnTheWay(error, cancellationToken))
            {
                throw SegmentErrors.Translate(error);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _fetcher.Dispose();
        _disk?.Dispose();
    }

    private async ValueTask<SegmentPage> ReadOnceAsync(StreamId stream, ReadPlan plan, CancellationToken cancellationToken)
    {
        var map = await MapAsync(stream, plan, cancellationToken);
        var (hit, from) = await BeginAsync(map, plan, cancellationToken);
        if (hit.Kind != SegmentHitKind.Run && plan.Start is null)
            return new SegmentPage(null, from);

        if (hit.Kind != SegmentHitKind.Run)
            throw SegmentErrors.Nowhere(from, hit);

        var (fill, goesForward) = (new PageFill(plan, from), map.Stops.Knows(from));
        try
        {
            await FillAsync(map, hit, fill, plan, goesForward, cancellationToken);
        }
        catch (Exception error) when (fill.Count > 0 && error is not OperationCanceledException)
        {
            // The next read begins at the failure, and says so.
        }
        catch
        {
            fill.Discard();
            throw;
        }

        map.Stops.Note(from, fill.Next);
        return new SegmentPage(fill.Build(), fill.Next);
    }

    private ValueTask<SegmentMap> MapAsync(StreamId stream, in ReadPlan plan, CancellationToken cancellationToken)
    {
        // Of a time, an older map may only say that it is not in what was offloaded then.
        var (start, since) = (plan.Start, plan.Since);
        return _maps.GetAsync(
            stream, map => start is { } lsn ? lsn < map.Segments.End : map.Segments.ByTime(since).Kind != SegmentHitKind.Beyond, cancellationToken);
    }

    /// <summary>The segment in which the page begins, and the LSN from which to look in it.</summary>
    private async ValueTask<(SegmentHit Hit, long From)> BeginAsync(SegmentMap map, ReadPlan plan, CancellationToken cancellationToken)
    {
        if (plan.Start is { } lsn)
            return (await _maps.FindAsync(map, lsn, cancellationToken), lsn);

        var hit = await _maps.FindByTimeAsync(map, plan.Since, cancellationToken);
        if (hit.Kind != SegmentHitKind.Run)
            return (hit, Math.Max(map.Segments.End, plan.Stream.Head));

        // Everything above the head may be that new already.
        var head = plan.Stream.Head;
        if (hit.Run.End <= head)
            return (await _maps.FindAsync(map, head, cancellationToken), head);

        if (hit.Run.First <= head || hit.Run.FirstTimestamp < plan.Since)
            return (hit, Math.Max(hit.Run.First, head));

        // Records that are missing before it may have been that new as well. They are not passed over in silence.
        var before = await _maps.FindAsync(map, hit.Run.First - 1, cancellationToken);
        return before.Kind == SegmentHitKind.Lost ? (before, Math.Max(before.Lost.From, head)) : (hit, hit.Run.First);
    }

    private async ValueTask FillAsync(SegmentMap map, SegmentHit hit, PageFill fill, ReadPlan plan, bool goesForward, CancellationToken cancellationToken)
    {
        var end = plan.End!.Value;
        while (hit.Kind == SegmentHitKind.Run)
        {
            await FillAsync(map, hit.Run, fill, plan.Since, end, goesForward, cancellationToken);
            if (fill.IsFull || fill.Next >= end)
                return;

            hit = await _maps.FindAsync(map, fill.Next, cancellationToken);
        }

        // Where this map ends, the page ends: the plan may be newer.
        if (hit.Kind == SegmentHitKind.Lost)
            throw SegmentErrors.Nowhere(fill.Next, hit);
    }

    private async ValueTask FillAsync(SegmentMap map, SegmentRef run, PageFill fill, long since, long end, bool goesForward, CancellationToken cancellationToken)
    {
        var storeId = _published.StoreId!.Value;
        var layout = await _runs.LayoutAsync(storeId, map.Stream, run, withFirst: fill.Found && fill.Next <= run.First, cancellationToken);
        var block = layout.Table.FindByLsn(fill.Next);
        if (!fill.Found)
            block = Math.Max(block, layout.Table.FindByTime(since));

        while (block < layout.Table.Blocks.Length && !fill.IsFull && fill.Next < end)
        {
            // Begun at every extent, and before it is waited for, so that a reader whose pages are as long as what is fetched ahead never stands still for all of it.
            if (goesForward)
                _ahead.Begin(storeId, map, fill.Next);

            var extent = await _runs.ExtentAsync(layout, layout.ExtentOf(block), cancellationToken);
            try
            {
                Fill(extent, layout, ref block, fill, end);
            }
            catch (StoreFormatException error)
            {
                throw SegmentErrors.Damaged(fill.Next, layout.Table.EndOf(block), run, error);
            }
            finally
            {
                extent.Release();
            }
        }
    }

    /// <summary>Fills the page from an extent, from a block on; afterwards that is the one that comes next.</summary>
    private static void Fill(Extent extent, RunLayout layout, ref int block, PageFill fill, long end)
    {
        var (bytes, records) = extent.From(block);
        var share = fill.Share(bytes, records);
        var lends = share * bytes / records >= extent.MemoryBytes / LentShare;
        if (lends)
            fill.Hold(extent, bytes, records, end);

        for (; block < extent.End && !fill.IsFull && fill.Next < end; block++)
        {
            var memory = extent.Block(block);
            var batches = layout.Table.Batches(block, memory.Span);
            while (!fill.IsFull && fill.Next < end && batches.MoveNext())
                fill.Take(batches.Entry, batches.Body, end, ReadSource.Blob, lends ? memory.Slice(batches.BodyOffset, batches.Body.Length) : default);
        }
    }
}

/// <summary>A page from segments.</summary>
/// <param name="Page">The page; null if a time was looked for and did not lead to a record in a segment.</param>
/// <param name="Next">The LSN to read, or look, next.</param>
internal readonly record struct SegmentPage(ReadPage? Page, long Next);
