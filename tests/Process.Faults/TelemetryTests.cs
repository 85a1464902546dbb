using System.Collections.Concurrent;
using System.Net;
using Orleans.Log.Client;
using Orleans.Log.Process.Faults.Server;

namespace Orleans.Log.Process.Faults;

/// <summary>Telemetry of the built server: what it sends when a collector is named.</summary>
public sealed class TelemetryTests
{
    [Fact]
    public async Task Collector_gets_metrics_traces_and_the_log_before_the_end()
    {
        using var folder = new DataFolder();
        using var collector = new HttpListener();
        var endpoint = $"http://127.0.0.1:{ServerProcess.FreePort()}/";
        collector.Prefixes.Add(endpoint);
        collector.Start();
        var received = new ConcurrentDictionary<string, long>();
        var collecting = CollectAsync(collector, received);

        await using (var server = await ServerProcess.StartAsync(folder.Data, ServerProcess.FreePort(), environment: new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        }))
        {
            using var client = new LogClient(server.Address);
            await client.EnsureStreamAsync("s");
            await client.AppendAsync("s", new[] { NewRecord.FromText("traced") });
            (await server.StopAsync()).ShouldBe(0, server.Errors);
        }

        collector.Stop();
        await collecting;
        received.ShouldContainKey("/v1/metrics");
        received.ShouldContainKey("/v1/traces");
        received.ShouldContainKey("/v1/logs");
    }

    private static async Task CollectAsync(HttpListener collector, ConcurrentDictionary<string, long> received)
    {
        try
        {
            while (true)
            {
                var context = await collector.GetContextAsync();
                var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                received.AddOrUpdate(context.Request.Url!.AbsolutePath, body.Length, (_, sum) => sum + body.Length);
                context.Response.Close();
            }
        }
        catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
        {
            // Stopped: nothing more comes.
        }
    }
}
