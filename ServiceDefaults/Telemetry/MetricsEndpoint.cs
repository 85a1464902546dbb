using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Orleans.Log.ServiceDefaults.Telemetry;

/// <summary><c>/metrics</c>, for Prometheus.</summary>
internal static class MetricsEndpoint
{
    /// <summary>Maps it. Everyone gets the text format 0.0.4: OpenMetrics writes the bound of a bucket as <c>le="1.0"</c>, and queries that name <c>le="1"</c> would find nothing.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPrometheusScrapingEndpoint("/metrics", meterProvider: null, pipeline => pipeline.Use(WithoutNegotiation), optionsName: null)
        .WithMetadata(new HttpMethodMetadata([HttpMethods.Get]));

    private static Task WithoutNegotiation(HttpContext context, RequestDelegate next)
    {
        context.Request.Headers.Accept = default;
        context.Response.Headers.CacheControl = "no-store";
        return next(context);
    }
}
