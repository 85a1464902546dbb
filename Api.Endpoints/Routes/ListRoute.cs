using Microsoft.AspNetCore.Http;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Endpoints.Problems;
using Orleans.Log.Api.Endpoints.Requests;
using Orleans.Log.Api.Endpoints.Responses;

namespace Orleans.Log.Api.Endpoints.Routes;

/// <summary>The listing of streams, page by page.</summary>
internal sealed class ListRoute(Services services)
{
    private const int DefaultLimit = 100;

    public static readonly string[] Known = [WireRoutes.Prefix, WireRoutes.After, WireRoutes.Limit];

    public async Task GetAsync(HttpContext context)
    {
        var query = new QueryReader(context.Request, Known);
        var prefix = Name(query, WireRoutes.Prefix);
        var after = Name(query, WireRoutes.After);
        var limit = (int)(query.Number(WireRoutes.Limit, 1, Limits.ListPage) ?? DefaultLimit);
        var page = await services.Log.ListAsync(prefix, after, limit, context.RequestAborted);
        if (page.NextAfter is { } next)
        {
            // Names, and so prefixes, need no escaping in a URL.
            var from = prefix.Length == 0 ? string.Empty : $"{WireRoutes.Prefix}={prefix}&";
            context.Response.Headers.Link = $"<{WireRoutes.Streams}?{from}{WireRoutes.After}={next}&{WireRoutes.Limit}={Answer.Text(limit)}>; rel=\"next\"";
        }

        var body = new StreamListBody
        {
            Streams = [.. page.Streams.Select(StreamBodies.Of)],
            HasMore = page.NextAfter is not null,
            NextAfter = page.NextAfter?.Value,
        };
        await Answer.JsonAsync(context, body, WireJson.Default.StreamListBody);
    }

    private static string Name(in QueryReader query, string parameter) => query.Text(parameter) switch
    {
        null or "" => string.Empty,
        { } text when StreamName.TryParse(text, out _) => text,
        _ => throw Refusal.BadRequest($"{parameter} must be the beginning of a stream name."),
    };
}
