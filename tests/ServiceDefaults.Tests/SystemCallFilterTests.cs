using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Orleans.Log.ServiceDefaults.Telemetry;

namespace Orleans.Log.ServiceDefaults.Tests;

/// <summary>Which spans of Orleans reach a collector. A provider sees the spans of the whole process, so that these tests run one after the other.</summary>
[Collection("traces")]
public sealed class SystemCallFilterTests : IDisposable
{
    private static readonly ActivitySource Runtime = new(TelemetryNames.OrleansRuntime);
    private static readonly ActivitySource Application = new("Microsoft.Orleans.Application");
    private static readonly ActivitySource Ours = new("OrleansLog");

    private readonly List<Activity> _exported = [];
    private readonly ActivityTraceId _trace = ActivityTraceId.CreateRandom();
    private readonly TracerProvider _traces;

    public SystemCallFilterTests() => _traces = Sdk.CreateTracerProviderBuilder().AddServiceSpans().AddInMemoryExporter(_exported).Build();

    public void Dispose() => _traces.Dispose();

    [Theory]
    [InlineData("IMembershipService/Ping")]
    [InlineData("ISiloControl/GetRuntimeStatistics")]
    [InlineData("IDeploymentLoadPublisher/UpdateRuntimeStatistics")]
    [InlineData("IDhtGrainDirectory/LookupAsync")]
    [InlineData("IGrainDirectoryPartition/GetSnapshotAsync")]
    [InlineData("IGrainTimerInvoker/InvokeCallbackAsync")]
    public void System_call_without_a_request_makes_no_span(string name)
    {
        using (var call = Runtime.StartActivity(name, ActivityKind.Client))
            call!.Recorded.ShouldBeFalse("what is propagated to the callee says so too");

        Exported().ShouldBeEmpty();
    }

    [Fact]
    public void Calls_that_a_dropped_one_makes_are_dropped_in_every_process()
    {
        using (var timer = Runtime.StartActivity("IGrainTimerInvoker/InvokeCallbackAsync", ActivityKind.Server))
        {
            Runtime.StartActivity("IMembershipService/Ping", ActivityKind.Client)?.Dispose();
            Ours.StartActivity("append")?.Dispose();
            Remote("ISiloControl/Ping", timer!.Context)?.Dispose();
        }

        Exported().ShouldBeEmpty();
    }

    [Fact]
    public void System_call_that_serves_a_request_is_kept()
    {
        using (var request = Ours.StartActivity("append /v1/streams/{stream}/records", ActivityKind.Internal, Parent(ActivityTraceFlags.Recorded)))
        {
            Runtime.StartActivity("IDhtGrainDirectory/LookupAsync", ActivityKind.Client)!.Dispose();
            Remote("IRemoteGrainDirectory/LookupAsync", request!.Context)!.Dispose();
        }

        Exported().ShouldBe(["IDhtGrainDirectory/LookupAsync", "IRemoteGrainDirectory/LookupAsync", "append /v1/streams/{stream}/records"], ignoreOrder: true);
    }

    [Fact]
    public void System_call_that_serves_an_unsampled_request_is_not_kept()
    {
        Remote("IRemoteGrainDirectory/LookupAsync", Parent(ActivityTraceFlags.None))?.Dispose();

        Exported().ShouldBeEmpty();
    }

    [Fact]
    public void Calls_of_grains_are_kept_also_without_a_request()
    {
        Runtime.StartActivity("ILogStreamGrain/AppendAsync", ActivityKind.Client)!.Dispose();
        Application.StartActivity("IShoppingCart/AddAsync", ActivityKind.Client)!.Dispose();

        Exported().ShouldBe(["ILogStreamGrain/AppendAsync", "IShoppingCart/AddAsync"], ignoreOrder: true);
    }

    private static Activity? Remote(string name, ActivityContext parent) =>
        Runtime.StartActivity(name, ActivityKind.Server, new ActivityContext(parent.TraceId, parent.SpanId, parent.TraceFlags, isRemote: true));

    private ActivityContext Parent(ActivityTraceFlags flags) => new(_trace, ActivitySpanId.CreateRandom(), flags, isRemote: true);

    private List<string> Exported()
    {
        _traces.ForceFlush().ShouldBeTrue();
        return [.. _exported.Select(activity => activity.DisplayName)];
    }
}
