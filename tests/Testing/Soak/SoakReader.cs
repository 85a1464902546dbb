namespace Orleans.Log.Testing.Soak;

/// <summary>
/// Reads streams at random and verifies every record: most of the time from a little below what is offloaded up to the tail, so that the border between log and store lies between, and
/// moves while it is crossed; now and then anything from the beginning.
/// </summary>
public sealed class SoakReader(IReadOnlyList<SoakStream> streams, SoakLoad load, int seed)
{
    private const int MostRecords = 4_000;

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(25);

    private readonly Random _random = new(seed);
    private readonly SoakStream[] _hot = [.. streams.Where(static stream => stream.IsHot)];

    /// <summary>Reads until it is told to stop. Throws if a record is not what it must be.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var turns = new PeriodicTimer(Between, load.Time);
        while (await NextTurnAsync(turns, stop))
        {
            var stream = _random.Next(2) == 0 ? _hot[_random.Next(_hot.Length)] : streams[_random.Next(streams.Count)];
            var acknowledged = stream.Acknowledged;
            try
            {
                await ReadAsync(stream, acknowledged);
            }
            catch (LogException error) when (error.Retryable || error.Code == LogErrorCode.Trimmed)
            {
                // Retention may have taken the record that was to be the first one.
                load.OnReadRefused(error.Code);
            }
        }
    }

    private static async Task<bool> NextTurnAsync(PeriodicTimer turns, CancellationToken stop)
    {
        try
        {
            return await turns.WaitForNextTickAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task ReadAsync(SoakStream stream, long acknowledged)
    {
        var position = await stream.Stream.CheckTailAsync(CancellationToken.None);
        if (position.Tail < acknowledged || position.Offloaded > position.Tail || position.Head > position.Offloaded)
            throw new InvalidOperationException($"Stream {stream.Number} has {acknowledged} records acknowledged, and says {position}.");

        var from = _random.Next(4) == 0
            ? position.Head + _random.NextInt64(position.Tail - position.Head + 1)
            : Math.Max(position.Head, position.Offloaded - _random.Next(MostRecords / 2));
        var end = Math.Min(position.Tail, from + MostRecords);
        await SoakStream.VerifyAsync(stream.Stream, stream.Number, from, end, CancellationToken.None);
        load.OnRead(end - from, from < position.Offloaded && position.Offloaded < end);
    }
}
