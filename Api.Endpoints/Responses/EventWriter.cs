using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Unicode;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Endpoints.Requests;

namespace Orleans.Log.Api.Endpoints.Responses;

/// <summary>Writes server-sent events: batch, ping, sealed, error. Every payload is one line of JSON; every event but a batch is flushed.</summary>
internal sealed class EventWriter(PipeWriter pipe, PayloadForm form, CancellationToken aborted)
{
    /// <summary>Most records of one event.</summary>
    public const int BatchRecords = 1_000;

    /// <summary>Most bytes of one event, counted as pages are: a browser holds an event whole.</summary>
    public const int BatchBytes = 256 * 1024;

    /// <summary>Records, with the id that resumes behind them. Copies all of the page; the caller flushes.</summary>
    public async ValueTask BatchAsync(ReadPage page, EventCursor cursor)
    {
        Begin("batch", cursor);
        await PageWriter.WriteJsonAsync(pipe, page, form, aborted);
        pipe.Write("\n\n"u8);
    }

    /// <summary>Ends when the connection's buffer has room for what was written.</summary>
    public async ValueTask FlushAsync() => await pipe.FlushAsync(aborted);

    /// <summary>The stream is read to its end and will never move again.</summary>
    public ValueTask SealedAsync(ReadPage page, EventCursor cursor)
    {
        Begin("sealed", cursor);
        Write(string.Create(CultureInfo.InvariantCulture, $"{{\"tail\":{page.Tail}}}"));
        return EndAsync();
    }

    /// <summary>Nothing came for a while.</summary>
    /// <param name="timestamp">The server's time, milliseconds since 1970 UTC.</param>
    /// <param name="cursor">Where a caller resumes that has no records yet; null while the start is a time, which the request itself says again.</param>
    public ValueTask PingAsync(long timestamp, EventCursor? cursor)
    {
        if (cursor is { } position)
            Begin("ping", position);
        else
            Write("event: ping\ndata: ");

        Write(string.Create(CultureInfo.InvariantCulture, $"{{\"timestamp\":{timestamp}}}"));
        return EndAsync();
    }

    /// <summary>What ended the stream of events.</summary>
    public ValueTask ErrorAsync(ProblemBody problem)
    {
        Write("event: error\ndata: ");
        pipe.Write(JsonSerializer.SerializeToUtf8Bytes(problem, WireJson.Default.ProblemBody));
        return EndAsync();
    }

    private void Begin(string name, in EventCursor cursor) =>
        Write(string.Create(CultureInfo.InvariantCulture, $"event: {name}\nid: {cursor.Next},{cursor.Count},{cursor.Bytes},{cursor.Stream}\ndata: "));

    private async ValueTask EndAsync()
    {
        pipe.Write("\n\n"u8);
        await pipe.FlushAsync(aborted);
    }

    private void Write(string text)
    {
        Utf8.FromUtf16(text, pipe.GetSpan(text.Length), out _, out var written);
        pipe.Advance(written);
    }
}
