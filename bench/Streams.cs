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

    /// <summary>Appends records of one size until there are so many bytes of them, in batches of 256 KiB.</summary>
    public static Task FillAsync(ILogStream stream, int recordBytes, long bytes)
    {
        var records = new AppendRecord[256 * 1024 / recordBytes];
        var payload = new byte[recordBytes];
        new Random(1).NextBytes(payload);
        Array.Fill(records, new AppendRecord(payload));
        return FillAsync(stream, new RecordBatch(records), times: (int)Math.Ceiling((double)bytes / (records.Length * recordBytes)));
    }

    /// <summary>Reads all records, from the first to the last; fails if there are fewer bytes of them.</summary>
    public static async Task ScanAsync(ILogStream stream, int pageBytes, long leastBytes)
    {
        long bytes = 0;
        var request = ReadRequest.FromLsn(0) with { MaxBytes = pageBytes, MaxRecords = Limits.ReadRecords };
        while (true)
        {
            using var page = await stream.ReadAsync(request, CancellationToken.None);
            foreach (ref readonly var record in page.Records.Span)
                bytes += record.Payload.Length;

            request = request with { Start = page.Next };
            if (page.Next == page.Tail)
                break;
        }

        if (bytes < leastBytes)
            throw new InvalidOperationException($"The scan brought {bytes} bytes.");
    }
}
