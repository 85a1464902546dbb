namespace Orleans.Log.Testing.Soak;

/// <summary>
/// Appends to streams of its own, several at a time and one batch of each at a time. An append that is refused for now is made again; anything else that goes wrong ends the soak.
/// </summary>
/// <param name="streams">Its streams.</param>
/// <param name="load">What it is part of.</param>
public sealed class SoakWriter(IReadOnlyList<SoakStream> streams, SoakLoad load)
{
    private const int BatchRecords = 24;

    /// <summary>Of the streams that are not hot, one in eight is written only once in so many turns.</summary>
    private const int StillFor = 64;

    private static readonly TimeSpan RefusedFor = TimeSpan.FromMilliseconds(20);

    private readonly SoakStream[] _hot = [.. streams.Where(static stream => stream.IsHot)];
    private readonly SoakStream[] _quiet = [.. streams.Where(static stream => !stream.IsHot)];
    private readonly byte[] _payloads = new byte[BatchRecords * SoakRecord.MaxBytes];
    private readonly AppendRecord[] _records = new AppendRecord[BatchRecords];

    /// <summary>Appends until it is told to stop; what is under way then is finished.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var (turn, round) = (0, 0);
        var pending = new List<(SoakStream Stream, Task<bool> Append)>();
        while (!stop.IsCancellationRequested)
        {
            var quiet = _quiet[turn++ % _quiet.Length];
            round += turn % _quiet.Length == 0 ? 1 : 0;
            pending.Clear();
            long bytes = 0;
            foreach (var stream in _hot)
                pending.Add((stream, AppendAsync(stream, BatchRecords, ref bytes)));

            if (quiet.Number % 8 != 0 || round % StillFor == 0)
                pending.Add((quiet, AppendAsync(quiet, 1, ref bytes)));

            var refused = false;
            foreach (var (_, append) in pending)
                refused |= !await append;

            try
            {
                await (refused ? Task.Delay(RefusedFor, load.Time, stop) : load.Pace.WaitAsync(bytes, stop));
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private Task<bool> AppendAsync(SoakStream stream, int count, ref long bytes)
    {
        var (start, used) = (stream.Acknowledged, 0);
        for (var i = 0; i < count; i++)
        {
            var length = SoakRecord.Write(stream.Number, start + i, _payloads.AsSpan(used));
            _records[i] = new AppendRecord(_payloads.AsMemory(used, length));
            used += length;
        }

        bytes += used;
        return FinishAsync(stream, start, count, used, stream.Stream.AppendAsync(new RecordBatch(_records.AsMemory(0, count)), AppendConditions.None, CancellationToken.None));
    }

    /// <summary>False: it was refused, had no effect and may be made again.</summary>
    private async Task<bool> FinishAsync(SoakStream stream, long start, int count, int bytes, ValueTask<AppendResult> append)
    {
        try
        {
            var result = await append;
            if (result.Start != start || result.End != start + count || result.Duplicate)
                throw new InvalidOperationException($"Stream {stream.Number} took records {start} to {start + count - 1} as {result}.");

            stream.Acknowledged = result.End;
            load.OnAcknowledged(count, bytes);
            return true;
        }
        catch (LogException error) when (error.Retryable && error.SideEffects == SideEffects.None)
        {
            load.OnRefused(error.Code);
            return false;
        }
    }
}
