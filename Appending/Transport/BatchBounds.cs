namespace Orleans.Log.Client.Appending;

/// <summary>
/// What every server refuses, refused before anything is encoded or sent: inside an appender such a refusal would cost the whole
/// pipeline. The numbers are those of the wires, which tests of both keep true.
/// </summary>
public static class BatchBounds
{
    /// <summary>Largest record, payload plus headers, in bytes.</summary>
    public const int RecordBytes = 1024 * 1024;

    /// <summary>Most headers of one record.</summary>
    public const int HeadersPerRecord = 64;

    /// <summary>Most records in one batch.</summary>
    public const int BatchRecords = 10_000;

    /// <summary>Largest batch, in bytes: content plus <see cref="RecordOverheadBytes"/> a record.</summary>
    public const int BatchBytes = 4 * 1024 * 1024;

    /// <summary>What a record costs beyond its content.</summary>
    public const int RecordOverheadBytes = 16;

    /// <summary>What a header costs beyond its name and value.</summary>
    public const int HeaderOverheadBytes = 6;

    /// <summary>Latest timestamp, in milliseconds since 1970 UTC, and highest position: 2^53−1.</summary>
    public const long Position = 9_007_199_254_740_991;

    /// <summary>Size of the batch in bytes: content plus <see cref="RecordOverheadBytes"/> a record.</summary>
    /// <exception cref="LogClientException"><c>bad_record</c> or <c>too_large</c>: no server would take it.</exception>
    public static int Measure(ReadOnlySpan<NewRecord> batch)
    {
        if (batch.IsEmpty)
            throw Bad("A batch has at least one record.");
        if (batch.Length > BatchRecords)
            throw TooLarge("A batch", BatchRecords, "records");

        long total = 0;
        foreach (ref readonly var record in batch)
        {
            var content = ContentBytes(record);
            if (content > RecordBytes)
                throw TooLarge("A record", RecordBytes, "bytes");

            total += content + RecordOverheadBytes;
            Check(record);
        }

        return total <= BatchBytes ? (int)total : throw TooLarge("A batch", BatchBytes, "bytes");
    }

    /// <summary>Payload plus headers, in bytes: what <see cref="RecordBytes"/> bounds.</summary>
    public static long ContentBytes(in NewRecord record)
    {
        long bytes = record.Payload.Length;
        foreach (ref readonly var header in record.Headers.Span)
            bytes += HeaderOverheadBytes + header.Name.Length + header.Value.Length;

        return bytes;
    }

    private static void Check(in NewRecord record)
    {
        if (record.Headers.Length > HeadersPerRecord)
            throw TooLarge("A record", HeadersPerRecord, "headers");
        if (record.Timestamp is < 0 or > Position)
            throw Bad(
                record.Timestamp < 0
                    ? "A timestamp is not negative."
                    : "A timestamp is at most 2^53−1 milliseconds since 1970 UTC. This one looks like nanoseconds.");

        foreach (ref readonly var header in record.Headers.Span)
        {
            if (header.Name.Length is 0 or > ushort.MaxValue)
                throw Bad("The name of a header has 1 to 65,535 bytes.");
        }
    }

    private static LogClientException Bad(string message) => new(LogClientErrors.BadRecord, message);

    private static LogClientException TooLarge(string what, long limit, string unit) =>
        new(LogClientErrors.TooLarge, $"{what} has at most {limit} {unit}.", details: new LogErrorDetails { Limit = limit, Unit = unit });
}
