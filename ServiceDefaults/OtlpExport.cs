using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Orleans.Log.ServiceDefaults;

/// <summary>
/// Metrics and traces to a collector, when the standard variable OTEL_EXPORTER_OTLP_ENDPOINT names one; its sister variables (protocol,
/// headers, intervals, sampler, service name) count too. Without it nothing is made and nothing is sent.
/// </summary>
public sealed class OtlpExport : IDisposable
{
    private readonly MeterProvider _metrics;
    private readonly TracerProvider _traces;

    private OtlpExport(ResourceBuilder resource, IReadOnlyList<string> meters, IReadOnlyList<string> sources)
    {
        _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter([.. meters]).AddOtlpExporter().Build();
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource([.. sources]).AddOtlpExporter().Build();
    }

    /// <summary>Does the environment name a collector?</summary>
    public static bool IsConfigured => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT"));

    /// <summary>Begins to send; null if there is nobody to send to.</summary>
    /// <param name="meters">Names of meters; a name may hold <c>*</c>.</param>
    /// <param name="sources">Names of activity sources; a name may hold <c>*</c>.</param>
    public static OtlpExport? StartIfConfigured(IReadOnlyList<string> meters, IReadOnlyList<string> sources) =>
        IsConfigured ? new OtlpExport(Resource(), meters, sources) : null;

    /// <summary>Sends what is left and ends.</summary>
    public void Dispose()
    {
        _traces.Dispose();
        _metrics.Dispose();
    }

    /// <summary>Who sends. The environment's name for the service counts before ours.</summary>
    internal static ResourceBuilder Resource()
    {
        var resource = ResourceBuilder.CreateDefault();
        return string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OTEL_SERVICE_NAME")) ? resource.AddService("orleans-log") : resource;
    }
}
