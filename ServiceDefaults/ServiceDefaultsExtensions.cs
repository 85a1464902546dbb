using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Logs;
using Orleans.Log.ServiceDefaults.Metrics;

namespace Orleans.Log.ServiceDefaults;

/// <summary>What every service of a cluster switches on, in two calls.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>The log, metrics and traces, and health. To be called before what is to be measured is added: services start in the order in which they are added.</summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Logging.AddServiceConsole();

        // Per request the server has nothing to say that metrics and traces do not say better.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        SendLog(builder.Logging);
        builder.Services.AddSingleton(_ => new PrometheusExporter(ServiceTelemetry.Meters)).AddHostedService<TelemetryService>();
        builder.Services.AddHostedService<HangupStop>();
        builder.Services.AddHealthChecks().AddCheck("process", () => HealthCheckResult.Healthy(), [HealthEndpoints.Live]);
        return builder;
    }

    /// <summary><c>/health</c>: may the service be given work? <c>/alive</c>: does the process answer at all? <c>/metrics</c>: everything measured.</summary>
    public static void MapDefaultEndpoints(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        HealthEndpoints.Map(routes);
        routes.MapMetrics(routes.ServiceProvider.GetRequiredService<PrometheusExporter>());
    }

    /// <summary>The log on the console: one line each, in UTC.</summary>
    public static ILoggingBuilder AddServiceConsole(this ILoggingBuilder logging) => logging.AddSimpleConsole(console =>
    {
        console.SingleLine = true;
        console.UseUtcTimestamp = true;
        console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
    });

    private static void SendLog(ILoggingBuilder logging)
    {
        if (!OtlpExport.IsConfigured)
            return;

        logging.AddOpenTelemetry(log =>
        {
            log.IncludeFormattedMessage = true;
            log.SetResourceBuilder(OtlpExport.Resource()).AddOtlpExporter();
        });
    }

    /// <summary>Counts and sends from before the other services start until after they have stopped.</summary>
    private sealed class TelemetryService(PrometheusExporter metrics) : IHostedService, IDisposable
    {
        private readonly OtlpExport? _otlp = OtlpExport.StartIfConfigured(ServiceTelemetry.Meters, ServiceTelemetry.Sources);

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose()
        {
            _otlp?.Dispose();
            metrics.Dispose();
        }
    }
}
