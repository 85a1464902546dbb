using System.Net.Http.Headers;
using System.Text;

namespace Orleans.Log.Api.Endpoints.Tests;

/// <summary>Short ways to make request bodies.</summary>
internal static class Body
{
    public static HttpContent Json(string text) => Of("application/json", Encoding.UTF8.GetBytes(text));

    public static HttpContent Text(string text) => Of("text/plain", Encoding.UTF8.GetBytes(text));

    public static HttpContent Lines(string text) => Of("application/x-ndjson", Encoding.UTF8.GetBytes(text));

    public static HttpContent Octets(params byte[] bytes) => Of("application/octet-stream", bytes);

    public static HttpContent Patch(string text) => Of("application/merge-patch+json", Encoding.UTF8.GetBytes(text));

    public static HttpContent Of(string? mediaType, byte[] bytes)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = mediaType is null ? null : MediaTypeHeaderValue.Parse(mediaType);
        return content;
    }
}
