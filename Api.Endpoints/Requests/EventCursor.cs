using Microsoft.AspNetCore.Http;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Endpoints.Problems;

namespace Orleans.Log.Api.Endpoints.Requests;

/// <summary>
/// Where an event stream stands: <c>next,count,bytes</c>, the id of each batch event. A browser sends the last one back when it
/// reconnects, so the budgets of the first request hold for all of its connections together.
/// </summary>
/// <param name="Next">LSN to read next.</param>
/// <param name="Count">Records given so far.</param>
/// <param name="Bytes">Bytes given so far, counted as pages are.</param>
internal readonly record struct EventCursor(long Next, long Count, long Bytes)
{
    /// <summary>The one that the request brings, or null if it is a first one.</summary>
    public static EventCursor? Of(HttpRequest request)
    {
        const string name = "Last-Event-ID";
        if (Conditions.Single(request, name) is not { Length: > 0 } text)
            return null;

        Span<Range> parts = stackalloc Range[4];
        var span = text.AsSpan();
        return span.Split(parts, ',') == 3
            ? new EventCursor(
                Numbers.Parse(span[parts[0]], name, 0, Limits.Position),
                Numbers.Parse(span[parts[1]], name, 0, Limits.Position),
                Numbers.Parse(span[parts[2]], name, 0, Limits.Position))
            : throw Refusal.BadRequest($"{name} must be the id of an event of this stream.");
    }

    /// <summary>The position behind a page.</summary>
    public EventCursor After(ReadPage page)
    {
        var bytes = Bytes;
        foreach (ref readonly var record in page.Records.Span)
        {
            bytes += record.Payload.Length + Limits.RecordOverheadBytes;
            foreach (ref readonly var header in record.Headers.Span)
                bytes += header.Name.Length + header.Value.Length + RecordHeader.OverheadBytes;
        }

        return new EventCursor(page.Next, Count + page.Records.Length, bytes);
    }
}
