using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Log.Testing;

namespace Orleans.Log.Api.Server.Tests;

/// <summary>The API inside the real web server: callers that go away, and the end.</summary>
public sealed class ServingTests
{
    [Fact]
    public async Task A_caller_that_goes_away_is_no_failure_of_the_server()
    {
        using var complaints = new Complaints();
        await using var server = await StartAsync(complaints);
        await MakeStreamAsync(server);

        // Half a body, half an answer, and a follower, each cut off in the middle.
        using (var half = await SendAsync(server, "POST /v1/streams/s/records HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\nhalf"))
            half.Client.LingerState = new LingerOption(enable: true, seconds: 0);

        using (var follower = await SendAsync(server, "GET /v1/streams/s/records?from=0 HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"))
        {
            (await follower.GetStream().ReadAsync(new byte[16])).ShouldBeGreaterThan(0);
            follower.Client.LingerState = new LingerOption(enable: true, seconds: 0);
        }

        // The server has dealt with both before it ends: what they left is either logged by then or never.
        (await server.Http.GetAsync("/v1/streams/s/tail")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await server.StopAsync();
        complaints.Lines.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stop_ends_followers_and_waiting_readers_instead_of_waiting_for_them()
    {
        await using var server = await StartAsync();
        await MakeStreamAsync(server);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/streams/s/records?from=0");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using var follower = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var second = new HttpClient { BaseAddress = server.Address };
        var waiting = second.GetAsync("/v1/streams/s/records?from=1&wait=30");

        await server.StopAsync().WaitAsync(TimeSpan.FromSeconds(10));

        // It ends at once, by an answer or a closed connection; not by its 30 seconds.
        await Task.WhenAny(waiting).WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Every_answer_of_the_server_itself_is_a_problem_too()
    {
        await using var server = await StartAsync();

        using var missing = await server.Http.GetAsync("/nothing");
        missing.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        missing.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        missing.Headers.Contains("Server").ShouldBeFalse();
    }

    private static Task<TestServer> StartAsync(Complaints? complaints = null) => TestServer.StartAsync(
        app => app.MapOrleansLog(),
        services: services =>
        {
            services.AddSingleton<ILogService>(new VolatileLogService(TimeProvider.System));
            if (complaints is not null)
                services.AddSingleton<ILoggerProvider>(complaints).Configure<LoggerFilterOptions>(filter => filter.MinLevel = LogLevel.Warning);
        });

    private static async Task MakeStreamAsync(TestServer server)
    {
        (await server.Http.PutAsync("/v1/streams/s", content: null)).StatusCode.ShouldBe(HttpStatusCode.Created);
        (await server.Http.PostAsync("/v1/streams/s/records", new StringContent("first\n"))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static async Task<TcpClient> SendAsync(TestServer server, string request)
    {
        var client = new TcpClient();
        await client.ConnectAsync(server.Address.Host, server.Address.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        return client;
    }
}
