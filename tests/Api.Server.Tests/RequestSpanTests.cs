using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Trace;
using Orleans.Log.ServiceDefaults;
using Orleans.Log.ServiceDefaults.Telemetry;
using Orleans.Log.Testing;

namespace Orleans.Log.Api.Server.Tests;

/// <summary>Spans as a collector gets them from the whole server with its real routes.</summary>
public sealed class RequestSpanTests
{
    [Fact]
    public async Task Request_span_is_named_by_method_and_route()
    {
        var spans = await TraceAsync(async request =>
        {
            await request(HttpMethod.Put, "/v1/streams/s");
            await request(HttpMethod.Post, "/v1/streams/s/records");
            await request(HttpMethod.Get, "/v1/streams/s/records?from=0");
            await request(HttpMethod.Get, "/v1/streams/s/tail");
            await request(HttpMethod.Post, "/v1/streams/s/trim");
            await request(HttpMethod.Get, "/v1/streams");
            await request(HttpMethod.Delete, "/v1/streams/s");
            await request(HttpMethod.Get, "/nothing");
        });

        Requests(spans).ShouldBe(
        [
            "PUT /v1/streams/{stream}",
            "POST /v1/streams/{stream}/records",
            "GET /v1/streams/{stream}/records",
            "GET /v1/streams/{stream}/tail",
            "POST /v1/streams/{stream}/trim",
            "GET /v1/streams",
            "DELETE /v1/streams/{stream}",
            "GET",
        ]);
    }

    [Fact]
    public async Task Operation_is_a_child_of_its_request()
    {
        var spans = await TraceAsync(request => request(HttpMethod.Put, "/v1/streams/s"));

        var operation = spans.Single(span => span.DisplayName == "ensure /v1/streams/{stream}");
        operation.ParentSpanId.ShouldBe(spans.Single(span => span.DisplayName == "PUT /v1/streams/{stream}").SpanId);
        operation.GetTagItem("messaging.destination.name").ShouldBe("s");
    }

    [Fact]
    public async Task Probes_and_scrapes_make_no_spans()
    {
        var spans = await TraceAsync(async request =>
        {
            await request(HttpMethod.Get, "/health");
            await request(HttpMethod.Get, "/alive");
            await request(HttpMethod.Get, "/metrics");
            await request(HttpMethod.Get, "/v1/streams");
        });

        spans.Select(span => span.DisplayName).ShouldBe(["list /v1/streams", "GET /v1/streams"]);
    }

    private static IEnumerable<string> Requests(IEnumerable<Activity> spans) => spans.Where(span => span.Kind == ActivityKind.Server).Select(span => span.DisplayName);

    /// <summary>The spans of some requests, in the order in which they ended. Tests beside are in the same process: these requests are told from theirs by their trace.</summary>
    private static async Task<IReadOnlyList<Activity>> TraceAsync(Func<Func<HttpMethod, string, Task>, Task> send)
    {
        var trace = ActivityTraceId.CreateRandom();
        var exported = new List<Activity>();
        await using (var server = await TestServer.StartAsync(
            app =>
            {
                app.MapOrleansLog();
                app.MapDefaultEndpoints();
            },
            services: services =>
            {
                services.AddSingleton<ILogService>(new VolatileLogService(TimeProvider.System));
                services.AddOpenTelemetry().WithTracing(traces => traces.AddServiceSpans().AddInMemoryExporter(exported));
            }))
        {
            await send(async (method, path) =>
            {
                using var request = new HttpRequestMessage(method, path);
                if (method == HttpMethod.Post)
                    request.Content = new StringContent("a");

                request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");
                using var response = await server.Http.SendAsync(request);
            });

            // A span ends after its response has been sent; the stop waits for it.
            await server.StopAsync();
        }

        return [.. exported.Where(span => span.TraceId == trace)];
    }
}
