using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Orleans.Log.Standalone.Metrics;

/// <summary>
/// Metrics and traces to a collector, when the standard variable OTEL_EXPORTER_OTLP_ENDPOINT names one; its sister variables (protocol,
/// headers, intervals, sampler, service name) count too. Without it nothing is made and nothing is sent.
/// </summary>
internal sealed class OtlpExport : IDisposable
{
    private readonly MeterProvider _metrics;
    private readonly TracerProvider _traces;

    private OtlpExport(ResourceBuilder resource, string[] meters, string[] sources)
    {
        _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(meters).AddOtlpExporter().Build();
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(sources).AddOtlpExporter().Build();
    }

    public static OtlpExport? StartIfConfigured(string[] meters, string[] sources)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT")))
            return null;

        // The environment's name for the service counts before ours.
        var resource = ResourceBuilder.CreateDefault();
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OTEL_SERVICE_NAME")))
            resource.AddService("orleans-log");

        return new OtlpExport(resource, meters, sources);
    }

    /// <summary>Sends what is left and ends.</summary>
    public void Dispose()
    {
        _traces.Dispose();
        _metrics.Dispose();
    }
}
