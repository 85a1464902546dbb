using System.Collections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Orleans.Log.ServiceDefaults.Telemetry;

/// <summary>Metrics for <c>/metrics</c>, and metrics, traces and the log for a collector if OTEL_EXPORTER_OTLP_ENDPOINT names one.</summary>
internal static class TelemetryExtensions
{
    private const string Collector = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Registers OpenTelemetry. Without a collector nothing is traced and no log is exported.</summary>
    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        AddEnvironment(builder.Configuration);
        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(Describe).WithMetrics(metrics => metrics
            .AddMeter(TelemetryNames.Meters)
            .AddView(HistogramBuckets.ViewOf)
            .AddPrometheusExporter(exporter =>
            {
                // Labels that say the same of every series: no query needs them, and joins of queries that exist would break.
                (exporter.ScopeInfoEnabled, exporter.TargetInfoEnabled) = (false, false);

                // A scrape shows what is, not what was: `olog bench` takes the difference of two.
                exporter.ScrapeResponseCacheDurationMilliseconds = 0;
            }));
        if (string.IsNullOrEmpty(builder.Configuration[Collector]))
            return;

        telemetry
            .WithTracing(traces => traces.AddServiceSpans())
            .WithLogging(configureBuilder: null, log => log.IncludeFormattedMessage = true)
            .UseOtlpExporter();
    }

    /// <summary>The spans that are worth a collector's space: of requests by their routes, of the log and of its grains.</summary>
    internal static TracerProviderBuilder AddServiceSpans(this TracerProviderBuilder traces) => traces
        .AddSource(TelemetryNames.Sources)
        .AddAspNetCoreInstrumentation(web => web.Filter = IsWorthASpan)
        .AddProcessor<SystemCallFilter>();

    /// <summary>Probes and scrapes come every few seconds and never matter.</summary>
    private static bool IsWorthASpan(HttpContext context) => context.Request.Path.Value is not ("/health" or "/alive" or "/metrics");

    /// <summary>The environment's name for the service counts before ours.</summary>
    private static void Describe(ResourceBuilder resource) => resource.Clear().AddService("orleans-log").AddTelemetrySdk().AddEnvironmentVariableDetector();

    /// <summary>
    /// OpenTelemetry reads its variables from the host's configuration, and the web server's has no environment in it (see WebServer): they are put under everything else. OTEL_ variables
    /// open no address and lift no bound.
    /// </summary>
    private static void AddEnvironment(IConfigurationManager configuration) => configuration.Sources.Insert(0, new MemoryConfigurationSource
    {
        InitialData = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Where(variable => ((string)variable.Key).StartsWith("OTEL_", StringComparison.Ordinal))
            .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value, StringComparer.OrdinalIgnoreCase),
    });
}
