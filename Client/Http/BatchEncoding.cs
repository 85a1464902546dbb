using System.Buffers;
using Orleans.Log.Api.Contracts.Frames;
using Orleans.Log.Client.Appending;

namespace Orleans.Log.Client.Http;

/// <summary>Writes batches as frames.</summary>
internal static class BatchEncoding
{
    /// <summary>The body of an append. The batch's memory is not looked at again.</summary>
    /// <param name="batch">Its records.</param>
    /// <param name="size">What <see cref="BatchBounds.Measure"/> says of them, which is the length of their frames.</param>
    /// <param name="headBytes">Bytes that are left before it, for whoever sends it to fill.</param>
    public static PooledBody Encode(ReadOnlySpan<NewRecord> batch, int size, int headBytes = 0)
    {
        var body = new PooledBody(headBytes + FrameFormat.AppendPreambleBytes + size);
        body.Advance(headBytes);
        FrameWriter.WriteAppend(body, batch.Length);
        foreach (ref readonly var record in batch)
        {
            FrameWriter.WriteRecord(body, record.Timestamp ?? FrameFormat.NoTimestamp, record.Headers.Length, BatchBounds.ContentBytes(record));
            foreach (ref readonly var header in record.Headers.Span)
                FrameWriter.WriteHeader(body, header.Name.Span, header.Value.Span);

            body.Write(record.Payload.Span);
        }

        return body;
    }
}
