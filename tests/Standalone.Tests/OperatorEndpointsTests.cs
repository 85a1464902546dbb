using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json;
using Orleans.Log.Engine;
using Orleans.Log.Standalone.Metrics;
using Orleans.Log.Standalone.Web;

namespace Orleans.Log.Standalone.Tests;

public sealed class OperatorEndpointsTests
{
    private static readonly NodeHealth Healthy = new(
        Ready: true, "ready", "direct", Streams: 1, DamagedStreams: 0, CatalogDamage: null, CheckpointFailure: null, WalBytes: 1, Store: null, RecoveredEntries: 2, RecoverySeconds: 0.5);

    [Fact]
    public async Task Health_says_ready_and_how_writes_are_made_durable()
    {
        await using var server = await TestServer.StartAsync(app => app.MapHealth(() => Healthy));

        using var answer = await server.Http.GetAsync("/health");

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
        var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        body.GetProperty("state").GetString().ShouldBe("ready");
        body.GetProperty("wal_sync").GetString().ShouldBe("direct");
        body.GetProperty("recovered_entries").GetInt64().ShouldBe(2);
    }

    [Fact]
    public async Task Health_shows_how_far_the_store_is_behind_and_is_ready_all_the_same()
    {
        var store = new StoreHealth(StoreState.Failing, "The store is away.", LagBytes: 5000, TimeSpan.FromSeconds(90), PinnedFiles: 3, new StreamId(7), "not offloaded");
        await using var server = await TestServer.StartAsync(app => app.MapHealth(() => Healthy with { Store = NodeStoreHealth.Of(store) }));

        using var answer = await server.Http.GetAsync("/health");

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("store").ToString().ShouldBe(
            """{"state":"failing","failure":"The store is away.","lag_bytes":5000,"lag_seconds":90,"pinned_files":3,"oldest_pin":"00000000000000000000000000000007","oldest_pin_reason":"not offloaded"}""");
    }

    [Fact]
    public async Task A_node_that_takes_no_appends_is_not_ready_and_says_why_and_is_still_alive()
    {
        await using var server = await TestServer.StartAsync(app => app.MapHealth(() => Healthy with { Ready = false, State = "full" }));

        using var health = await server.Http.GetAsync("/health");
        health.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await health.Content.ReadAsStringAsync()).ShouldContain("\"full\"");
        (await server.Http.GetStringAsync("/alive")).ShouldBe("alive\n");
        using var head = await server.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/health"));
        head.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task Metrics_are_served_in_the_text_format_with_those_of_the_web_server_and_the_runtime()
    {
        using var exporter = new PrometheusExporter(Telemetry.Meters);
        using var meter = new Meter("OrleansLog");
        meter.CreateCounter<long>("orleans_log.test.things", "{thing}", "Things").Add(3);
        await using var server = await TestServer.StartAsync(app => app.MapMetrics(exporter));
        await server.Http.GetStringAsync("/metrics");

        using var answer = await server.Http.GetAsync("/metrics");

        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; version=0.0.4; charset=utf-8");
        var text = await answer.Content.ReadAsStringAsync();
        text.ShouldContain("\norleans_log_test_things_total 3\n");
        text.ShouldContain("\nhttp_server_request_duration_seconds_count{");
        text.ShouldContain("\nkestrel_active_connections{");
        text.ShouldContain("\n# TYPE dotnet_gc_collections_total counter\n");
        text.Split('\n').Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).ShouldBeUnique();
    }
}
