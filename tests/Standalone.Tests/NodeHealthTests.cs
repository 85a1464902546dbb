using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Log.Api.Server;
using Orleans.Log.Api.Server.Settings;
using Orleans.Log.Engine;
using Orleans.Log.Standalone.Web;
using Orleans.Log.Testing;

namespace Orleans.Log.Standalone.Tests;

/// <summary>What /health says of a node.</summary>
public sealed class NodeHealthTests
{
    private static readonly NodeHealth Healthy = new(
        Ready: true, "ready", "direct", Streams: 1, DamagedStreams: 0, CatalogDamage: null, CheckpointFailure: null, WalBytes: 1, Store: null, RecoveredEntries: 2, RecoverySeconds: 0.5);

    [Fact]
    public async Task It_says_ready_and_how_writes_are_made_durable()
    {
        var body = await OfAsync(Healthy);

        body.GetProperty("state").GetString().ShouldBe("ready");
        body.GetProperty("wal_sync").GetString().ShouldBe("direct");
        body.GetProperty("recovered_entries").GetInt64().ShouldBe(2);
    }

    [Fact]
    public async Task It_shows_how_far_the_store_is_behind_and_is_ready_all_the_same()
    {
        var store = new StoreHealth(StoreState.Failing, "The store is away.", LagBytes: 5000, TimeSpan.FromSeconds(90), PinnedFiles: 3, new StreamId(7), "not offloaded");

        (await OfAsync(Healthy with { Store = NodeStoreHealth.Of(store) })).GetProperty("store").ToString().ShouldBe(
            """{"state":"failing","failure":"The store is away.","lag_bytes":5000,"lag_seconds":90,"pinned_files":3,"oldest_pin":"00000000000000000000000000000007","oldest_pin_reason":"not offloaded"}""");
    }

    [Fact]
    public async Task A_node_that_takes_no_appends_is_not_ready_and_says_why_and_is_still_alive()
    {
        await using var server = await StartAsync(Healthy with { Ready = false, State = "full" });
        using var http = new HttpClient { BaseAddress = new Uri(server.Urls.First()) };

        using var health = await http.GetAsync("/health");
        health.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await health.Content.ReadAsStringAsync()).ShouldContain("\"full\"");
        (await http.GetStringAsync("/alive")).ShouldBe("alive\n");
        using var head = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/health"));
        head.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    private static async Task<JsonElement> OfAsync(NodeHealth health)
    {
        await using var server = await StartAsync(health);
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(server.Urls.First() + "/health"));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }

    private static async Task<WebApplication> StartAsync(NodeHealth health)
    {
        var options = new ServerOptions { Urls = ListenAddress.ParseList("http://127.0.0.1:0"), LogLevel = LogLevel.None };
        var builder = WebServer.CreateBuilder(options);
        builder.Services.AddSingleton<ILogService>(new VolatileLogService(TimeProvider.System));
        var server = builder.Build();
        server.MapHealth(() => health);
        await server.StartAsync();
        return server;
    }
}
