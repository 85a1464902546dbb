using System.Buffers;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Reading;

/// <summary>
/// Brings parts of segments near, each by one ranged call, no more at once than allowed. What does not verify is fetched once more, since bytes may be damaged on
/// their way. Throws <see cref="BlobStoreException"/>, and <see cref="StoreFormatException"/> for a run whose table does not verify. Safe for use by any number of threads.
/// </summary>
internal sealed class SegmentFetcher : IDisposable
{
    private readonly IBlobStore _store;
    private readonly SegmentDiskCache? _disk;
    private readonly SegmentReadInstruments _instruments;
    private readonly SemaphoreSlim _turns;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _stopping;

    /// <summary>From a store.</summary>
    /// <param name="store">The store.</param>
    /// <param name="disk">Where fetched extents are kept, or null.</param>
    /// <param name="instruments">Told what was done.</param>
    /// <param name="fetches">Most calls at once.</param>
    public SegmentFetcher(IBlobStore store, SegmentDiskCache? disk, SegmentReadInstruments instruments, int fetches)
    {
        (_store, _disk, _instruments, _turns) = (store, disk, instruments, new SemaphoreSlim(fetches));
        _stopping = _stop.Token;
    }

    /// <summary>The table of a run, and its first extent.</summary>
    public async Task<(RunLayout Layout, Extent First)> FetchBeginningAsync(Guid storeId, StreamId stream, SegmentRef run)
    {
        var range = RunLayout.BeginningOf(run);
        try
        {
            var (layout, first) = Parse(await ReadAsync(range, anew: false));
            if (first.IsWhole)
                return (layout, Checked(first));

            first.Release();
        }
        catch (StoreFormatException)
        {
            // Once more, below.
        }

        _disk?.Forget(range);
        var again = Parse(await ReadAsync(range, anew: true));
        return (again.Layout, Checked(again.First));

        (RunLayout Layout, Extent First) Parse((byte[] Memory, int Length) read)
        {
            var layout = new RunLayout(RunTable.Read(read.Memory.AsSpan(0, read.Length), storeId, stream, run));
            return (layout, new Extent(layout, 0, read.Memory, read.Length));
        }
    }

    /// <summary>The table of a run alone.</summary>
    public async Task<RunLayout> FetchTableAsync(Guid storeId, StreamId stream, SegmentRef run)
    {
        var range = new SegmentRange(run.Blob, run.Offset, SegmentFormat.MaxTableLength(run.Length));
        try
        {
            return Parse(await ReadAsync(range, anew: true));
        }
        catch (StoreFormatException)
        {
            return Parse(await ReadAsync(range, anew: true));
        }

        RunLayout Parse((byte[] Memory, int Length) read)
        {
            var table = RunTable.Read(read.Memory.AsSpan(0, read.Length), storeId, stream, run);
            ArrayPool<byte>.Shared.Return(read.Memory);
            return new RunLayout(table);
        }
    }

    /// <summary>An extent. Of one that is damaged, those blocks that verify can be read.</summary>
    public async Task<Extent> FetchAsync(RunLayout layout, int number)
    {
        var range = layout.RangeOf(number);
        var (memory, length) = await ReadAsync(range, anew: false);
        var extent = new Extent(layout, number, memory, length);
        if (extent.IsWhole)
            return Checked(extent);

        extent.Release();
        _disk?.Forget(range);
        (memory, length) = await ReadAsync(range, anew: true);
        return Checked(new Extent(layout, number, memory, length));
    }

    /// <summary>Gives up what is under way.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private Extent Checked(Extent extent)
    {
        if (extent.IsWhole)
            _disk?.Keep(extent);
        else
            _instruments.OnDamaged();

        return extent;
    }

    /// <summary>Rented memory with a range, or as much of it as there is. After a failure the memory is left to the garbage collector.</summary>
    private async Task<(byte[] Memory, int Length)> ReadAsync(SegmentRange range, bool anew)
    {
        await _turns.WaitAsync(_stopping);
        try
        {
            var memory = ArrayPool<byte>.Shared.Rent(range.Length);
            if (!anew && _disk is not null && await _disk.ReadAsync(range, memory.AsMemory(0, range.Length)))
            {
                _instruments.OnFoundOnDisk();
                return (memory, range.Length);
            }

            var read = await _store.ReadAsync(range.Blob.Segment, range.Offset, memory.AsMemory(0, range.Length), _stopping);
            _instruments.OnFetched(read.Count);
            return (memory, read.Count);
        }
        finally
        {
            _turns.Release();
        }
    }
}
