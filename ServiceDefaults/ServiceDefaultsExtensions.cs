using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Orleans.Log.ServiceDefaults.Telemetry;

namespace Orleans.Log.ServiceDefaults;

/// <summary>What every service of a cluster switches on, in two calls.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>Adds the log, metrics and traces, and health.</summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Logging.AddServiceConsole();

        // Per request the server has nothing to say that metrics and traces do not say better. First among the rules, so that one that the host has counts before it.
        builder.Services.Configure<LoggerFilterOptions>(log => log.Rules.Insert(0, new LoggerFilterRule(null, "Microsoft.AspNetCore", LogLevel.Warning, null)));
        builder.AddTelemetry();
        builder.Services.AddHostedService<HangupStop>();
        builder.Services.AddHealthChecks().AddCheck("process", () => HealthCheckResult.Healthy(), [HealthEndpoints.Live]);
        return builder;
    }

    /// <summary><c>/health</c>: may the service be given work? <c>/alive</c>: does the process answer at all? <c>/metrics</c>: everything measured.</summary>
    public static void MapDefaultEndpoints(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        HealthEndpoints.Map(routes);
        routes.MapMetrics();
    }

    /// <summary>Maps <c>/metrics</c> alone, for a host with a health document of its own.</summary>
    public static void MapMetrics(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        MetricsEndpoint.Map(routes);
    }

    /// <summary>Starts measuring and tracing before the host starts, which does it otherwise: for hosts that work before they serve.</summary>
    public static void StartTelemetry(this IHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        _ = (host.Services.GetService<MeterProvider>(), host.Services.GetService<TracerProvider>());
    }

    /// <summary>The log on the console: one line each, in UTC.</summary>
    public static ILoggingBuilder AddServiceConsole(this ILoggingBuilder logging) => logging.AddSimpleConsole(console =>
    {
        console.SingleLine = true;
        console.UseUtcTimestamp = true;
        console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
    });
}
