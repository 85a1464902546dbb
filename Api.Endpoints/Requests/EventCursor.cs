using Microsoft.AspNetCore.Http;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Endpoints.Problems;

namespace Orleans.Log.Api.Endpoints.Requests;

/// <summary>
/// Position of an event stream: <c>next,count,bytes,stream</c>, the id of its events. A browser sends the last one when it reconnects, so the
/// budgets of the first request hold for all of its connections, and another stream under the same name is recognized.
/// </summary>
/// <param name="Next">LSN to read next.</param>
/// <param name="Count">Records delivered so far.</param>
/// <param name="Bytes">Bytes delivered so far, counted as pages are.</param>
/// <param name="Stream">Identity of the stream; null in the ids of servers that did not send it.</param>
internal readonly record struct EventCursor(long Next, long Count, long Bytes, string? Stream)
{
    private const string Header = "Last-Event-ID";

    /// <summary>The cursor in the request, or null if this is a first connection.</summary>
    public static EventCursor? Of(HttpRequest request)
    {
        if (Conditions.Single(request, Header) is not { Length: > 0 } text)
            return null;

        Span<Range> parts = stackalloc Range[5];
        var span = text.AsSpan();
        return span.Split(parts, ',') switch
        {
            3 => Parse(span, parts, stream: null),
            4 when ReadQuery.IsStreamIdentity(span[parts[3]]) => Parse(span, parts, span[parts[3]].ToString()),
            _ => throw Refusal.BadRequest($"{Header} must be the id of an event of this stream."),
        };
    }

    /// <summary>The position after a page.</summary>
    public EventCursor After(ReadPage page)
    {
        var bytes = Bytes;
        foreach (ref readonly var record in page.Records.Span)
        {
            bytes += record.Payload.Length + Limits.RecordOverheadBytes;
            foreach (ref readonly var header in record.Headers.Span)
                bytes += header.Name.Length + header.Value.Length + RecordHeader.OverheadBytes;
        }

        return this with { Next = page.Next, Count = Count + page.Records.Length, Bytes = bytes };
    }

    private static EventCursor Parse(ReadOnlySpan<char> text, ReadOnlySpan<Range> parts, string? stream) => new(
        Numbers.Parse(text[parts[0]], Header, 0, Limits.Position),
        Numbers.Parse(text[parts[1]], Header, 0, Limits.Position),
        Numbers.Parse(text[parts[2]], Header, 0, Limits.Position),
        stream);
}
