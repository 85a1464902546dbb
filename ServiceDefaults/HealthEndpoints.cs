using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Orleans.Log.ServiceDefaults;

/// <summary>The two questions of orchestrators. Ready is a matter of all checks, alive only of those with the tag <see cref="Live"/>: what a restart does not mend is no reason for one.</summary>
internal static class HealthEndpoints
{
    /// <summary>Tag of checks whose failure a restart of the process would mend.</summary>
    public const string Live = "live";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapHealthChecks("/health", new HealthCheckOptions { ResponseWriter = WriteAsync });
        routes.MapHealthChecks("/alive", new HealthCheckOptions { ResponseWriter = WriteAsync, Predicate = check => check.Tags.Contains(Live) });
    }

    /// <summary>Every check by name, with what it says of itself. What an exception says is left out: it may hold names and addresses that a stranger has no business with.</summary>
    private static Task WriteAsync(HttpContext context, HealthReport report) => HttpMethods.IsHead(context.Request.Method)
        ? Task.CompletedTask
        : context.Response.WriteAsJsonAsync(new Answer(IsReady(report.Status), report.Entries.ToDictionary(entry => entry.Key, entry => Of(entry.Value))), Json, context.RequestAborted);

    private static Check Of(HealthReportEntry entry) => new(IsReady(entry.Status), entry.Exception is null ? entry.Description : "The check itself failed.", entry.Data);

    private static bool IsReady(HealthStatus status) => status != HealthStatus.Unhealthy;

    private sealed record Answer(bool Ready, Dictionary<string, Check> Checks);

    private sealed record Check(bool Ready, string? Reason, IReadOnlyDictionary<string, object> Facts);
}
