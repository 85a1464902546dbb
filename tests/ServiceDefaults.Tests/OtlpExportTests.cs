using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Trace;

namespace Orleans.Log.ServiceDefaults.Tests;

/// <summary>What a collector receives.</summary>
[Collection("traces")]
public sealed class OtlpExportTests
{
    [Fact]
    public async Task Collector_gets_metrics_traces_and_the_log_before_the_end()
    {
        using var orleans = new Meter("Microsoft.Orleans");
        using var ours = new Meter("OrleansLog");
        using var spans = new ActivitySource("OrleansLog");
        using var collector = new Collector();
        await using (await TestService.StartAsync(settings: Settings(collector)))
        {
            orleans.CreateCounter<long>("orleans-of-the-test").Add(1);
            ours.CreateCounter<long>("ours-of-the-test").Add(1);
            spans.StartActivity("span of the test")!.Dispose();
        }

        collector.Received("/v1/metrics").ShouldContain("orleans-of-the-test");
        collector.Received("/v1/metrics").ShouldContain("ours-of-the-test");
        collector.Received("/v1/traces").ShouldContain("span of the test");
        collector.Received("/v1/logs").ShouldContain("Now listening on");
        foreach (var signal in new[] { "/v1/metrics", "/v1/traces", "/v1/logs" })
            collector.Received(signal).ShouldContain("orleans-log", customMessage: signal);
    }

    [Fact]
    public async Task Name_of_the_service_in_the_configuration_counts()
    {
        using var collector = new Collector();
        await using (await TestService.StartAsync(settings: [.. Settings(collector), ("OTEL_SERVICE_NAME", "silo-of-the-test")]))
        {
        }

        foreach (var signal in new[] { "/v1/metrics", "/v1/logs" })
            collector.Received(signal).ShouldContain("silo-of-the-test", customMessage: signal);
    }

    [Fact]
    public async Task Without_a_collector_nothing_is_traced()
    {
        await using var service = await TestService.StartAsync();

        service.Services.GetService<TracerProvider>().ShouldBeNull();
    }

    [Fact]
    public void Host_without_configuration_takes_the_variables_from_the_environment()
    {
        Environment.SetEnvironmentVariable("OTEL_VARIABLE_OF_THE_TEST", "there");
        try
        {
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.AddServiceDefaults();

            builder.Configuration["OTEL_VARIABLE_OF_THE_TEST"].ShouldBe("there");
            builder.Configuration["PATH"].ShouldBeNull();
        }
        finally
        {
            Environment.SetEnvironmentVariable("OTEL_VARIABLE_OF_THE_TEST", null);
        }
    }

    private static (string Name, string Value)[] Settings(Collector collector) => [("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")];

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
