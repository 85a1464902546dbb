using System.Collections.Concurrent;

namespace Orleans.Log.Testing.Soak;

/// <summary>Writers and readers over one node, and what they counted. Safe for use by several threads.</summary>
public sealed class SoakLoad : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _failed = new();
    private readonly ConcurrentDictionary<LogErrorCode, long> _refused = new();
    private readonly ConcurrentDictionary<LogErrorCode, long> _readsRefused = new();
    private readonly Task[] _tasks;
    private long _records;
    private long _bytes;
    private long _recordsRead;
    private long _crossings;

    public SoakLoad(SoakSettings settings, IReadOnlyList<SoakStream> streams, TimeProvider time)
    {
        Time = time;
        Pace = new SoakPace(time);
        _tasks =
        [
            .. streams.GroupBy(stream => stream.Number % settings.Writers).Select(own => new SoakWriter([.. own], this)).Select(writer => Run(writer.RunAsync)),
            .. Enumerable.Range(0, settings.Readers).Select(number => new SoakReader(streams, this, number)).Select(reader => Run(reader.RunAsync)),
        ];
    }

    public TimeProvider Time { get; }

    public SoakPace Pace { get; }

    /// <summary>Records acknowledged.</summary>
    public long Records => Interlocked.Read(ref _records);

    /// <summary>Payload acknowledged, in bytes.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Records that readers verified while the load was on.</summary>
    public long RecordsRead => Interlocked.Read(ref _recordsRead);

    /// <summary>Reads that began in the store and ended in the log.</summary>
    public long Crossings => Interlocked.Read(ref _crossings);

    /// <summary>Appends that were refused and made again, by code.</summary>
    public IReadOnlyDictionary<LogErrorCode, long> Refused => _refused;

    /// <summary>Reads that were refused and made again, by code.</summary>
    public IReadOnlyDictionary<LogErrorCode, long> ReadsRefused => _readsRefused;

    /// <summary>Cancelled when anything went wrong; <see cref="DisposeAsync"/> says what.</summary>
    public CancellationToken Failed => _failed.Token;

    public void OnAcknowledged(int records, long bytes)
    {
        Interlocked.Add(ref _records, records);
        Interlocked.Add(ref _bytes, bytes);
    }

    public void OnRefused(LogErrorCode code) => _refused.AddOrUpdate(code, 1, static (_, count) => count + 1);

    public void OnReadRefused(LogErrorCode code) => _readsRefused.AddOrUpdate(code, 1, static (_, count) => count + 1);

    public void OnRead(long records, bool crossed)
    {
        Interlocked.Add(ref _recordsRead, records);
        Interlocked.Add(ref _crossings, crossed ? 1 : 0);
    }

    /// <summary>Ends the load: what is under way is finished. Throws what went wrong with it.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_tasks);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await StopAsync();
        }
        finally
        {
            _stop.Dispose();
            _failed.Dispose();
        }
    }

    private Task Run(Func<CancellationToken, Task> loop) => Task.Run(async () =>
    {
        try
        {
            await loop(_stop.Token);
        }
        catch
        {
            await _failed.CancelAsync();
            throw;
        }
    });
}
