using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Orleans.Log.ServiceDefaults.Metrics;

namespace Orleans.Log.ServiceDefaults.Metrics;

/// <summary>What Prometheus asks.</summary>
public static class MetricsRoute
{
    /// <summary>/metrics: everything measured.</summary>
    public static void MapMetrics(this IEndpointRouteBuilder routes, PrometheusExporter metrics) =>
        routes.MapGet("/metrics", context =>
        {
            context.Response.ContentType = PrometheusText.ContentType;
            context.Response.Headers.CacheControl = "no-store";
            return context.Response.WriteAsync(metrics.Render(), context.RequestAborted);
        });
}
