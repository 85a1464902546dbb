using System.Buffers;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Contracts.Frames;

namespace Orleans.Log.Client.Http;

/// <summary>
/// Writes batches as frames, and refuses before anything is sent what no server would take: inside an appender such a refusal would
/// cost the whole pipeline.
/// </summary>
internal static class BatchEncoding
{
    /// <summary>The body of an append. The batch's memory is not looked at again.</summary>
    public static PooledBody Encode(ReadOnlySpan<NewRecord> batch)
    {
        var body = new PooledBody(FrameFormat.AppendPreambleBytes + Measure(batch));
        FrameWriter.WriteAppend(body, batch.Length);
        foreach (ref readonly var record in batch)
        {
            FrameWriter.WriteRecord(body, record.Timestamp ?? FrameFormat.NoTimestamp, record.Headers.Length, ContentBytes(record));
            foreach (ref readonly var header in record.Headers.Span)
                FrameWriter.WriteHeader(body, header.Name.Span, header.Value.Span);

            body.Write(record.Payload.Span);
        }

        return body;
    }

    private static int Measure(ReadOnlySpan<NewRecord> batch)
    {
        if (batch.IsEmpty)
            throw new LogClientException(WireErrors.BadRecord, "A batch has at least one record.");
        if (batch.Length > WireLimits.BatchRecords)
            throw TooLarge("A batch", WireLimits.BatchRecords, "records");

        long total = 0;
        foreach (ref readonly var record in batch)
        {
            var content = ContentBytes(record);
            if (content > WireLimits.RecordBytes)
                throw TooLarge("A record", WireLimits.RecordBytes, "bytes");

            total += content + WireLimits.RecordOverheadBytes;
            Check(record);
        }

        return total <= WireLimits.BatchBytes ? (int)total : throw TooLarge("A batch", WireLimits.BatchBytes, "bytes");
    }

    private static void Check(in NewRecord record)
    {
        if (record.Headers.Length > WireLimits.HeadersPerRecord)
            throw TooLarge("A record", WireLimits.HeadersPerRecord, "headers");
        if (record.Timestamp is < 0 or > WireLimits.Position)
            throw new LogClientException(WireErrors.BadRecord, "A timestamp is not negative and at most 2^53−1 milliseconds.");

        foreach (ref readonly var header in record.Headers.Span)
        {
            if (header.Name.Length is 0 or > ushort.MaxValue)
                throw new LogClientException(WireErrors.BadRecord, "The name of a header has 1 to 65,535 bytes.");
        }
    }

    private static long ContentBytes(in NewRecord record)
    {
        long bytes = record.Payload.Length;
        foreach (ref readonly var header in record.Headers.Span)
            bytes += WireLimits.HeaderOverheadBytes + header.Name.Length + header.Value.Length;

        return bytes;
    }

    private static LogClientException TooLarge(string what, long limit, string unit) =>
        new(WireErrors.TooLarge, $"{what} has at most {limit} {unit}.", details: new LogErrorDetails { Limit = limit, Unit = unit });
}
