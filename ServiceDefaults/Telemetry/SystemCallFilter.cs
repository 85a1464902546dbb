using System.Diagnostics;
using OpenTelemetry;

namespace Orleans.Log.ServiceDefaults.Telemetry;

/// <summary>
/// Drops the spans of calls that Orleans makes for itself: membership probes, the grain directory, load statistics, grain timers. Silos make them all the time, and without this they are nearly all
/// that a collector sees. A call that serves a recorded span is kept: it explains where a request's time went.
/// <para>This is a processor and no sampler, because samplers are not told the source of a span, and because OTEL_TRACES_SAMPLER keeps its meaning. It acts at the start, before the context is
/// propagated, so that parent-based samplers drop what the call causes, also in other silos.</para>
/// </summary>
internal sealed class SystemCallFilter : BaseProcessor<Activity>
{
    /// <inheritdoc/>
    public override void OnStart(Activity data)
    {
        if (data.Source.Name != TelemetryNames.OrleansRuntime || IsOurs(data.OperationName) || ServesRecorded(data))
            return;

        data.IsAllDataRequested = false;
        data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
    }

    /// <summary>Operations are named <c>interface/method</c>.</summary>
    private static bool IsOurs(string operation) => operation.StartsWith(TelemetryNames.GrainInterfaces, StringComparison.Ordinal);

    private static bool ServesRecorded(Activity activity)
    {
        if (activity.Parent is { } parent)
            return parent.Recorded;

        // A parent in another process: its flags are only in the identifier, 00-trace-span-flags.
        return activity.ParentId is { } id && ActivityContext.TryParse(id, traceState: null, out var context) && context.TraceFlags.HasFlag(ActivityTraceFlags.Recorded);
    }
}
