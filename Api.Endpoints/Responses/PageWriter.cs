using System.IO.Pipelines;
using System.Text.Json;
using Orleans.Log.Api.Contracts.Frames;
using Orleans.Log.Api.Endpoints.Requests;

namespace Orleans.Log.Api.Endpoints.Responses;

/// <summary>
/// Writes a page into the response's pipe in each of its forms. Flushes as it goes, so that a page costs a slow reader's connection no
/// more memory than the server's response buffer.
/// </summary>
internal static class PageWriter
{
    /// <summary>What is written between two flushes, in bytes.</summary>
    private const int FlushBytes = 32 * 1024;

    private static readonly JsonEncodedText Records = JsonEncodedText.Encode("records");
    private static readonly JsonEncodedText Next = JsonEncodedText.Encode("next");
    private static readonly JsonEncodedText Head = JsonEncodedText.Encode("head");
    private static readonly JsonEncodedText Tail = JsonEncodedText.Encode("tail");
    private static readonly JsonEncodedText Sealed = JsonEncodedText.Encode("sealed");

    /// <summary>The page as one JSON object on one line.</summary>
    public static async ValueTask WriteJsonAsync(PipeWriter pipe, ReadPage page, PayloadForm form, CancellationToken cancellationToken)
    {
        await using var writer = new Utf8JsonWriter(pipe, RecordJson.Options);
        writer.WriteStartObject();
        writer.WriteStartArray(Records);
        long flushed = 0;
        for (var i = 0; i < page.Records.Length; i++)
        {
            RecordJson.Write(writer, page.Records.Span[i], form);
            if (writer.BytesCommitted + writer.BytesPending - flushed < FlushBytes)
                continue;

            writer.Flush();
            flushed = writer.BytesCommitted;
            await pipe.FlushAsync(cancellationToken);
        }

        writer.WriteEndArray();
        writer.WriteNumber(Next, page.Next);
        writer.WriteNumber(Head, page.Head);
        writer.WriteNumber(Tail, page.Tail);
        writer.WriteBoolean(Sealed, page.Sealed);
        writer.WriteEndObject();
        writer.Flush();
    }

    /// <summary>One record object a line.</summary>
    public static async ValueTask WriteLinesAsync(PipeWriter pipe, ReadPage page, PayloadForm form, CancellationToken cancellationToken)
    {
        await using var writer = new Utf8JsonWriter(pipe, RecordJson.Options);
        long unflushed = 0;
        for (var i = 0; i < page.Records.Length; i++)
        {
            RecordJson.Write(writer, page.Records.Span[i], form);
            writer.Flush();
            unflushed += writer.BytesCommitted;
            writer.Reset();
            pipe.GetSpan(1)[0] = (byte)'\n';
            pipe.Advance(1);
            if (unflushed < FlushBytes)
                continue;

            unflushed = 0;
            await pipe.FlushAsync(cancellationToken);
        }
    }

    /// <summary>Length of the page as frames, in bytes.</summary>
    public static long FramesLength(ReadPage page)
    {
        long length = FrameFormat.PagePreambleBytes;
        foreach (ref readonly var record in page.Records.Span)
            length += Limits.RecordOverheadBytes + ContentBytes(record);

        return length;
    }

    /// <summary>The page as frames.</summary>
    public static async ValueTask WriteFramesAsync(PipeWriter pipe, ReadPage page, CancellationToken cancellationToken)
    {
        var count = page.Records.Length;
        var first = count == 0 ? page.Next : page.Records.Span[0].Lsn;
        FrameWriter.WritePage(pipe, new FramePage(count, first, page.Next, page.Head, page.Tail, page.Sealed));
        long unflushed = 0;
        for (var i = 0; i < count; i++)
        {
            unflushed += WriteFrame(pipe, page.Records.Span[i]);
            if (unflushed < FlushBytes)
                continue;

            unflushed = 0;
            await pipe.FlushAsync(cancellationToken);
        }
    }

    private static long WriteFrame(PipeWriter pipe, in LogRecord record)
    {
        var content = ContentBytes(record);
        FrameWriter.WriteRecord(pipe, record.Timestamp, record.Headers.Length, content);
        foreach (ref readonly var header in record.Headers.Span)
            FrameWriter.WriteHeader(pipe, header.Name.Span, header.Value.Span);

        System.Buffers.BuffersExtensions.Write(pipe, record.Payload.Span);
        return content;
    }

    private static long ContentBytes(in LogRecord record)
    {
        long bytes = record.Payload.Length;
        foreach (ref readonly var header in record.Headers.Span)
            bytes += header.Name.Length + header.Value.Length + RecordHeader.OverheadBytes;

        return bytes;
    }
}
