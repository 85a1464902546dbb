using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Orleans.Log.ServiceDefaults.Tests;

/// <summary>What goes to a collector. The variable that names it is the process's, so that these run one after the other.</summary>
public sealed class OtlpExportTests
{
    private const string Variable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    [Fact]
    public async Task With_a_collector_named_it_gets_metrics_traces_and_the_log_at_the_latest_at_the_end()
    {
        using var orleans = new Meter("Microsoft.Orleans");
        using var ours = new Meter("OrleansLog");
        using var runtime = new ActivitySource("Microsoft.Orleans.Runtime");
        using var collector = new Collector();
        Environment.SetEnvironmentVariable(Variable, collector.Address);
        Environment.SetEnvironmentVariable("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
        try
        {
            await using var service = await TestService.StartAsync();
            orleans.CreateCounter<long>("orleans-of-the-test").Add(1);
            ours.CreateCounter<long>("ours-of-the-test").Add(1);
            runtime.StartActivity("span of the test")!.Dispose();
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, null);
            Environment.SetEnvironmentVariable("OTEL_EXPORTER_OTLP_PROTOCOL", null);
        }

        collector.Received("/v1/metrics").ShouldContain("orleans-of-the-test");
        collector.Received("/v1/metrics").ShouldContain("ours-of-the-test");
        collector.Received("/v1/traces").ShouldContain("span of the test");
        collector.Received("/v1/logs").ShouldContain("Now listening on");
    }

    [Fact]
    public void Without_one_nothing_is_made() => OtlpExport.StartIfConfigured(ServiceTelemetry.Meters, ServiceTelemetry.Sources).ShouldBeNull();

    /// <summary>Takes whatever is sent. Its text is in the bodies as it stands.</summary>
    private sealed class Collector : IDisposable
    {
        private readonly ConcurrentDictionary<string, string> _received = new();
        private readonly HttpListener _listener = new();

        public Collector()
        {
            using (var probe = new TcpListener(IPAddress.Loopback, 0))
            {
                probe.Start();
                Address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/";
            }

            _listener.Prefixes.Add(Address);
            _listener.Start();
            _ = CollectAsync();
        }

        public string Address { get; }

        public string Received(string path) => _received.GetValueOrDefault(path, "");

        public void Dispose() => _listener.Close();

        private async Task CollectAsync()
        {
            try
            {
                while (true)
                {
                    var context = await _listener.GetContextAsync();
                    using var body = new StreamReader(context.Request.InputStream, Encoding.Latin1);
                    var text = await body.ReadToEndAsync();
                    _received.AddOrUpdate(context.Request.Url!.AbsolutePath, text, (_, before) => before + text);
                    context.Response.Close();
                }
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
            {
                // Closed: nothing more comes.
            }
        }
    }
}
