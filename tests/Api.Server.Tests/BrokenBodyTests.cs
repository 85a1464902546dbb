using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Log.Testing;

namespace Orleans.Log.Api.Server.Tests;

/// <summary>Uploads that break off or are framed wrongly are the caller's fault: never an internal error, never a stack trace in the log.</summary>
public sealed class BrokenBodyTests
{
    private const int Rounds = 40;

    public static TheoryData<string, string> Uploads
    {
        get
        {
            var uploads = new TheoryData<string, string>();
            foreach (var type in new[] { "text/plain", "application/json", "application/x-ndjson", "application/octet-stream", "application/vnd.orleans-log.frames" })
            {
                uploads.Add("POST /v1/streams/s/records", type);
            }

            uploads.Add("POST /v1/streams/s/trim", "application/json");
            uploads.Add("PUT /v1/streams/s", "application/json");
            uploads.Add("PATCH /v1/streams/s", "application/merge-patch+json");
            uploads.Add("POST /v1/streams/nosuch/records", "text/plain");
            uploads.Add("POST /nosuch", "text/plain");
            uploads.Add("GET /v1/streams", "text/plain");
            return uploads;
        }
    }

    [Theory]
    [MemberData(nameof(Uploads))]
    public async Task Reset_in_mid_body_is_no_internal_error(string route, string type)
    {
        foreach (var framing in new[] { "Content-Length: 100000\r\n\r\n{\"rec", "Transfer-Encoding: chunked\r\n\r\n64\r\n{\"rec" })
        {
            await BreakAsync(route, type, framing, static socket =>
            {
                socket.Client.LingerState = new LingerOption(enable: true, seconds: 0);
                socket.Dispose();
                return Task.CompletedTask;
            });
        }
    }

    [Theory]
    [MemberData(nameof(Uploads))]
    public async Task End_of_connection_in_mid_body_is_no_internal_error(string route, string type)
    {
        foreach (var framing in new[] { "Content-Length: 100000\r\n\r\n{\"rec", "Transfer-Encoding: chunked\r\n\r\n64\r\n{\"rec" })
        {
            await BreakAsync(route, type, framing, static async socket =>
            {
                socket.Client.Shutdown(SocketShutdown.Send);
                ShouldBlameTheCaller(await RawSocket.ReadToEndAsync(socket));
                socket.Dispose();
            });
        }
    }

    [Theory]
    [MemberData(nameof(Uploads))]
    public async Task Bad_chunk_size_is_a_bad_request(string route, string type)
    {
        foreach (var chunk in new[] { "ffffffff\r\n", "80000000\r\n", "zz\r\n", "-1\r\n", "123456789012\r\n", "1\r\nabc" })
        {
            await BreakAsync(route, type, $"Transfer-Encoding: chunked\r\n\r\n{chunk}", async socket =>
            {
                var answer = await RawSocket.ReadToEndAsync(socket);
                ShouldBlameTheCaller(answer);
                answer.ShouldStartWith("HTTP/1.1 ", customMessage: chunk);
                socket.Dispose();
            }, rounds: 1);
        }
    }

    private static void ShouldBlameTheCaller(string answer)
    {
        if (answer.Length > 0)
            answer.ShouldNotStartWith("HTTP/1.1 5");
    }

    private static async Task BreakAsync(string route, string type, string framing, Func<TcpClient, Task> end, int rounds = Rounds)
    {
        using var complaints = new Complaints();
        await using var server = await TestServer.StartAsync(
            app => app.MapOrleansLog(),
            options => options.LogLevel = LogLevel.Warning,
            services: services =>
            {
                services.AddSingleton<ILogService>(new VolatileLogService(TimeProvider.System));
                services.AddSingleton<ILoggerProvider>(complaints).Configure<LoggerFilterOptions>(filter => filter.MinLevel = LogLevel.Warning);
            });
        (await server.Http.PutAsync("/v1/streams/s", content: null)).StatusCode.ShouldBe(HttpStatusCode.Created);

        for (var i = 0; i < rounds; i++)
        {
            var socket = await RawSocket.SendAsync(server.Address, $"{route} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {type}\r\n{framing}");
            if (i % 2 == 0)
                await server.Http.GetAsync("/v1/streams/s/tail");

            await end(socket);
        }

        await server.StopAsync();
        complaints.Lines.ShouldBeEmpty();
    }
}
