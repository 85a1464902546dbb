namespace Orleans.Log.Benchmarks;

/// <summary>Makes and fills the streams that reports measure; nothing of this is measured.</summary>
internal static class Streams
{
    /// <summary>A stream of the usual kind, open; made if there is none.</summary>
    public static async Task<ILogStream> MakeAsync(ILogService log, string name, CancellationToken cancellationToken = default)
    {
        var parsed = StreamName.Parse(name);
        await log.EnsureAsync(parsed, new StreamConfigPatch(), EnsureCondition.None, cancellationToken);
        return await log.OpenAsync(parsed, cancellationToken);
    }

    /// <summary>Does something with each of many streams, with many at once, so that they share flushes.</summary>
    public static Task ForEachAsync(int count, Func<int, CancellationToken, ValueTask> work) =>
        Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 256 }, work);

    /// <summary>Appends the same batch so many times over.</summary>
    public static async Task FillAsync(ILogStream stream, RecordBatch batch, int times)
    {
        for (var i = 0; i < times;)
        {
            try
            {
                await stream.AppendAsync(batch, AppendConditions.None, CancellationToken.None);
                i++;
            }
            catch (LogException later) when (later.Code == LogErrorCode.Overloaded)
            {
                // Faster than files are made ready.
                await Task.Delay(10);
            }
        }
    }
}
