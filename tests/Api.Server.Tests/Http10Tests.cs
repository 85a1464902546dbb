using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Hosting;

namespace Orleans.Log.Api.Server.Tests;

/// <summary>HTTP/1.0, which nginx speaks to what is behind it unless told otherwise, and health checkers.</summary>
public sealed class Http10Tests
{
    [Theory]
    [InlineData("PUT /v1/streams/t HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n\r\n", "201")]
    [InlineData("PUT /v1/streams/t HTTP/1.0\r\n\r\n", "201")]
    [InlineData("POST /v1/streams/s/seal HTTP/1.0\r\nHost: localhost\r\n\r\n", "200")]
    [InlineData("PUT /v1/streams/t HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", "201")]
    [InlineData("POST /v1/streams/s/records HTTP/1.0\r\nHost: localhost\r\nContent-Type: text/plain\r\ncontent-length: 1\r\n\r\nx", "200")]
    [InlineData("GET /v1/streams HTTP/1.0\r\n\r\n", "200")]
    [InlineData("GET /v1/streams/s/session HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: orleans-log-session/1\r\n\r\n", "426")]
    [InlineData("GET /v1/streams/s/session HTTP/1.0\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: orleans-log-session/1\r\n\r\n", "426")]
    [InlineData("POST /v1/streams/s/seal HTTP/1.0\r\nHost: evil.example\r\n\r\n", "400")]
    [InlineData("POST /v1/streams/s/seal HTTP/1.0\r\nOrigin: http://evil.example\r\n\r\n", "403")]
    [InlineData("GET /v1/streams HTTP/1.1\r\n\r\n", "400")]
    [InlineData("GET /v1/streams HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n", "400")]
    public async Task Request_is_answered_whole_or_byte_by_byte(string request, string status)
    {
        await using var server = await StartAsync();
        (await AnswerAsync(server, request)).ShouldStartWith($"HTTP/1.1 {status} ");

        await server.Http.DeleteAsync("/v1/streams/t");
        (await AnswerAsync(server, [.. request.Select(c => c.ToString())])).ShouldStartWith($"HTTP/1.1 {status} ");
    }

    [Fact]
    public async Task Connection_that_is_kept_carries_requests_with_and_without_bodies()
    {
        await using var server = await StartAsync();
        string Request(string line, string body = "") => body.Length == 0
            ? $"{line} HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n"
            : $"{line} HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\nContent-Type: text/plain\r\nContent-Length: {body.Length}\r\n\r\n{body}";
        string[] requests =
        [
            Request("PUT /v1/streams/t"), Request("POST /v1/streams/t/records", "a\nb\n"), Request("GET /v1/streams/t"), Request("PUT /v1/streams/t"),
            Request("POST /v1/streams/t/records", "PUT / HTTP/1.0\r\n\r\n"), Request("POST /v1/streams/t/seal"), "PUT /v1/streams/u HTTP/1.0\r\n\r\n",
        ];

        // All at once, and cut at every place: the answers are the same.
        var together = string.Concat(requests);
        Statuses(await AnswerAsync(server, together)).ShouldBe("201 200 200 200 200 200 201");
        for (var cut = 1; cut < together.Length; cut += 7)
        {
            await server.Http.DeleteAsync("/v1/streams/t");
            await server.Http.DeleteAsync("/v1/streams/u");
            Statuses(await AnswerAsync(server, together[..cut], together[cut..])).ShouldBe("201 200 200 200 200 200 201", $"cut at {cut}");
        }
    }

    [Theory]
    [InlineData("GET /v1/streams HTTP/1.0\r\nBig: {0}\r\n\r\n", 17_000, "431")]
    [InlineData("PUT /v1/streams/t HTTP/1.0\r\nBig: {0}", 70_000, "431")]
    [InlineData("PUT /{0} HTTP/1.0\r\n\r\n", 70_000, "414")]
    public async Task Bounds_of_heads_hold(string request, int length, string status)
    {
        await using var server = await StartAsync();
        (await AnswerAsync(server, string.Format(System.Globalization.CultureInfo.InvariantCulture, request, new string('x', length)))).ShouldStartWith($"HTTP/1.1 {status} ");
    }

    private static string Statuses(string answers) =>
        string.Join(' ', answers.Split("HTTP/1.1 ").Skip(1).Select(answer => answer[..3]));

    private static async Task<TestServer> StartAsync()
    {
        var server = await TestServer.StartAsync(app => app.MapOrleansLog());
        (await server.Http.PutAsync("/v1/streams/s", content: null)).EnsureSuccessStatusCode();
        return server;
    }

    private static async Task<string> AnswerAsync(TestServer server, params string[] pieces)
    {
        using var socket = await RawSocket.SendAsync(server.Address, pieces[0]);
        try
        {
            foreach (var piece in pieces[1..])
                await socket.GetStream().WriteAsync(Encoding.Latin1.GetBytes(piece));
        }
        catch (IOException)
        {
            // Refused and closed before the last piece.
        }

        return await RawSocket.ReadToEndAsync(socket);
    }
}
