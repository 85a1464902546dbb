using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Orleans.Log.Api.Contracts;

namespace Orleans.Log.Api.Endpoints.Responses;

/// <summary>Answers of one small JSON object, and the headers that answers share.</summary>
internal static class Answer
{
    /// <summary>Longest answer to an append, in bytes: 57 of text and three numbers of at most 16 digits.</summary>
    public const int AppendedBytes = 128;

    /// <summary>A shape as JSON.</summary>
    public static async Task JsonAsync<T>(HttpContext context, T body, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, type);
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = WireMediaTypes.Json;
        response.ContentLength = bytes.Length;
        response.Headers.CacheControl = "no-store";
        await response.BodyWriter.WriteAsync(bytes, context.RequestAborted);
    }

    /// <summary>The positions of a batch; on the hot path, so without a serializer or an array.</summary>
    public static void Appended(HttpContext context, in AppendResult result)
    {
        var response = context.Response;
        var span = response.BodyWriter.GetSpan(AppendedBytes);
        var length = Write(span, result);
        response.ContentType = WireMediaTypes.Json;
        response.ContentLength = length;
        response.Headers.CacheControl = "no-store";
        response.BodyWriter.Advance(length);
    }

    /// <summary>Writes the positions of a batch as JSON and returns the length.</summary>
    public static int Write(Span<byte> span, in AppendResult result)
    {
        var duplicate = result.Duplicate ? "true" : "false";
        Utf8.TryWrite(
            span,
            CultureInfo.InvariantCulture,
            $"{{\"start\":{result.Start},\"end\":{result.End},\"tail\":{result.Tail},\"duplicate\":{duplicate}}}",
            out var length);
        return length;
    }

    /// <summary>Where the stream stands, for callers that look at no body.</summary>
    public static void Positions(HttpResponse response, long head, long tail, bool isSealed)
    {
        response.Headers[WireHeaders.Head] = Text(head);
        response.Headers[WireHeaders.Tail] = Text(tail);
        if (isSealed)
            response.Headers[WireHeaders.Sealed] = "true";
    }

    /// <summary>Sends the head of an answer whose parts follow as they happen, so that neither this server nor a proxy may hold them back.</summary>
    public static Task StartStreamAsync(HttpContext context)
    {
        context.Response.Headers[WireHeaders.AccelBuffering] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        return context.Response.StartAsync(context.RequestAborted);
    }

    /// <summary>A number as it stands in headers.</summary>
    public static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
