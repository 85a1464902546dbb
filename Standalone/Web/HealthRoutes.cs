using System.Text.Json;

namespace Orleans.Log.Standalone.Web;

/// <summary>What orchestrators ask: <c>/health</c>, <c>/alive</c>.</summary>
internal static class HealthRoutes
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>/health: 200 if the node takes appends, else 503, with the reason. /alive: 200 as long as the process answers at all.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes, Func<NodeHealth> check)
    {
        routes.MapMethods("/health", [HttpMethods.Get, HttpMethods.Head], context =>
        {
            var health = check();
            context.Response.StatusCode = health.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.CacheControl = "no-store";
            return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsJsonAsync(health, Json, context.RequestAborted);
        });
        routes.MapMethods("/alive", [HttpMethods.Get, HttpMethods.Head], context =>
        {
            context.Response.Headers.CacheControl = "no-store";
            context.Response.ContentType = "text/plain";
            return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync("alive\n", context.RequestAborted);
        });
    }
}
