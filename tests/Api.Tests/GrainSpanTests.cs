using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Orleans.Hosting;
using Orleans.Log.Grains;
using Orleans.Log.Grains.Nodes;
using Orleans.Log.Grains.Tests;
using Orleans.Log.ServiceDefaults.Telemetry;
using Orleans.Runtime;

namespace Orleans.Log.Api.Tests;

/// <summary>Spans as a collector gets them from the silos of a cluster and their client, with tracing as Aspire switches it on.</summary>
public sealed class GrainSpanTests
{
    [Fact]
    public async Task Calls_of_streams_are_traced_and_those_of_Orleans_are_not()
    {
        var spans = await TraceAsync(async log =>
        {
            await log.Log.EnsureAsync(StreamName.Parse("s"), new StreamConfigPatch(), default, default);
            await CallOrleansAsync(log);
        });

        var names = spans.Select(span => span.DisplayName).ToList();
        names.ShouldContain("ILogStreamGrain/EnsureAsync");
        names.ShouldAllBe(name => name.StartsWith("ILog", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Calls_of_Orleans_are_traced_where_they_serve_a_request()
    {
        using var requests = new ActivitySource("OrleansLog");
        var spans = await TraceAsync(async log =>
        {
            using var request = requests.StartActivity("request of the test");
            await CallOrleansAsync(log);
        });

        var request = spans.Single(span => span.DisplayName == "request of the test");
        var served = spans.Where(span => span.TraceId == request.TraceId).Select(span => span.DisplayName).ToList();
        served.ShouldContain("IManagementGrain/GetRuntimeStatistics");
        served.ShouldContain("ISiloControl/GetRuntimeStatistics");
    }

    [Fact]
    public void Interfaces_of_grains_have_names_that_the_filter_knows()
    {
        var interfaces = new[] { typeof(ILogStreamGrain).Assembly, typeof(LogNodeService).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.IsInterface && type.IsAssignableTo(typeof(IAddressable)))
            .Select(type => type.Name).ToList();

        interfaces.ShouldContain("ILogNodeGrainService");
        interfaces.ShouldAllBe(name => name.StartsWith(TelemetryNames.GrainInterfaces, StringComparison.Ordinal));
    }

    /// <summary>A grain of Orleans, which calls a system target of each silo.</summary>
    private static async Task CallOrleansAsync(TestLog log) =>
        await log.Cluster.Client.GetGrain<IManagementGrain>(0).GetRuntimeStatistics([.. log.Cluster.Silos.Select(silo => silo.SiloAddress)]);

    /// <summary>Everything that is exported from before the cluster starts until it has stopped.</summary>
    private static async Task<IReadOnlyList<Activity>> TraceAsync(Func<TestLog, Task> act)
    {
        var exported = new List<Activity>();
        using (Sdk.CreateTracerProviderBuilder().AddServiceSpans().AddInMemoryExporter(exported).Build())
        {
            await using var log = await TestLog.StartAsync(silos: 2, client: client => client.AddActivityPropagation(), silo: silo => silo.AddActivityPropagation());
            await act(log);
        }

        return exported;
    }
}
