using System.Diagnostics.Metrics;

namespace Orleans.Log.ServiceDefaults.Tests;

/// <summary>What Prometheus is told.</summary>
public sealed class MetricsRouteTests
{
    [Fact]
    public async Task Metrics_are_served_in_the_text_format_with_those_of_Orleans_the_web_server_and_the_runtime()
    {
        await using var server = await TestService.StartAsync();
        using var meter = new Meter("OrleansLog");
        meter.CreateCounter<long>("orleans_log.test.things", "{thing}", "Things").Add(3);
        using var orleans = new Meter("Microsoft.Orleans");
        orleans.CreateCounter<long>("orleans-test-things").Add(2);
        await server.Http.GetStringAsync("/metrics");

        using var answer = await server.Http.GetAsync("/metrics");

        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; version=0.0.4; charset=utf-8");
        var text = await answer.Content.ReadAsStringAsync();
        text.ShouldContain("\norleans_log_test_things_total 3\n");
        text.ShouldContain("\norleans_test_things_total 2\n");
        text.ShouldContain("\nhttp_server_request_duration_seconds_count{");
        text.ShouldContain("\nkestrel_active_connections{");
        text.ShouldContain("\n# TYPE dotnet_gc_collections_total counter\n");
        text.Split('\n').Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).ShouldBeUnique();
    }
}
