using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Endpoints.Requests;

namespace Orleans.Log.Api.Endpoints.Responses;

/// <summary>
/// The entity tag of a page of history: <c>W/"{stream id}:{from}:{to}"</c>, and for other forms than JSON the form. Only a page that the request alone
/// determines has one: it starts at an LSN, everything in it lies in published segments, and it was not the end of these that stopped it; so
/// the same request can never give other records, only an error one day. It is weak because head and tail stand beside the records and go on.
/// </summary>
internal static class HistoryTag
{
    // The tag is of the stream, but a cache finds its copy by the URL, and there another stream may one day stand under the name. Only one whose
    // URL says which stream may be used without asking.
    private const string Immutable = "private, immutable, max-age=86400";
    private const string AskFirst = "private, no-cache";

    /// <summary>Lets the answer be kept if it is a page of history, and by nobody if it is not, or is not <paramref name="whole"/>: as long as its request allows.</summary>
    public static void Mark(HttpResponse response, ILogStream stream, in ReadRequest request, ReadPage page, string mediaType, bool pinned, bool whole)
    {
        if (whole && IsDetermined(request, page))
            Mark(response, stream, request.Start, page.Next, mediaType, pinned);
        else
            response.Headers.CacheControl = "no-store";
    }

    /// <summary>Answers 304 if the caller has the page already and may still have it. Reads nothing.</summary>
    public static async ValueTask<bool> AnswerAsync(HttpContext context, ILogStream stream, ReadRequest request, string mediaType, bool pinned)
    {
        if (context.Request.Headers.IfNoneMatch.Count == 0 || !IsFixed(request) || Known(context.Request, stream, request, mediaType) is not { } to)
            return false;

        var position = await stream.CheckTailAsync(context.RequestAborted);
        if (request.Start < position.Head || to > position.Offloaded)
            return false;

        var response = context.Response;
        response.StatusCode = StatusCodes.Status304NotModified;
        response.Headers[WireHeaders.StreamId] = stream.Id.ToString();
        response.Headers[WireHeaders.Next] = Answer.Text(to);
        Answer.Positions(response, position.Head, position.Tail, position.Sealed);
        Mark(response, stream, request.Start, to, mediaType, pinned);
        return true;
    }

    private static bool IsFixed(in ReadRequest request) => request is { Origin: ReadOrigin.Lsn, Clamp: false };

    private static bool IsDetermined(in ReadRequest request, ReadPage page) =>
        IsFixed(request)
        && page.IsHistorical
        && page.Records.Span[0].Lsn == request.Start
        && (page.Records.Length == request.MaxRecords || page.Next < page.Offloaded || (page.Sealed && page.Next == page.Tail));

    private static void Mark(HttpResponse response, ILogStream stream, long from, long to, string mediaType, bool pinned)
    {
        response.Headers.ETag = $"W/{Text(stream, from, to, mediaType)}";
        response.Headers.CacheControl = pinned ? Immutable : AskFirst;

        // What is kept from one page's request must not be given to a page of another origin. With an Origin it says so already.
        if (response.HttpContext.Request.Headers.Origin.Count == 0)
            response.Headers.Append("Vary", "Origin");
    }

    // The end of the range that the caller says it has, if it is one that this request could have given.
    private static long? Known(HttpRequest request, ILogStream stream, in ReadRequest read, string mediaType)
    {
        if (!EntityTagHeaderValue.TryParseList(request.Headers.IfNoneMatch, out var tags))
            return null;

        var beginning = $"\"{stream.Id}:{Answer.Text(read.Start)}:";
        foreach (var tag in tags)
        {
            var text = tag.Tag.AsSpan();
            if (!text.StartsWith(beginning, StringComparison.Ordinal))
                continue;

            var digits = text[beginning.Length..];
            digits = digits[..digits.IndexOfAnyExceptInRange('0', '9')];
            if (long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var to)
                && to > read.Start
                && to - read.Start <= read.MaxRecords
                && text.SequenceEqual(Text(stream, read.Start, to, mediaType)))
            {
                return to;
            }
        }

        return null;
    }

    private static string Text(ILogStream stream, long from, long to, string mediaType)
    {
        var form = mediaType switch
        {
            WireMediaTypes.NdJson => ":lines",
            WireMediaTypes.Octets => ":octets",
            WireMediaTypes.Frames => ":frames",
            _ => string.Empty,
        };
        return string.Create(CultureInfo.InvariantCulture, $"\"{stream.Id}:{from}:{to}{form}\"");
    }
}
