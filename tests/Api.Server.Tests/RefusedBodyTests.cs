using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Hosting;

namespace Orleans.Log.Api.Server.Tests;

/// <summary>A caller that sends its whole body before it looks for the answer gets a refusal, and not a broken connection.</summary>
public sealed class RefusedBodyTests
{
    private const int Large = 4_000_000;

    [Theory]
    [InlineData("POST /v1/streams/nosuch/records", "Content-Type: text/plain", Large, 404)]
    [InlineData("POST /v1/streams/s/records", "Content-Type: text/html", Large, 415)]
    [InlineData("POST /v1/streams/s/records", "Content-Type: text/plain\r\nProducer-Id: p", Large, 400)]
    [InlineData("POST /v1/streams/s/records", "Content-Type: text/plain\r\nOrigin: http://evil.example", Large, 403)]
    [InlineData("POST /v1/streams/s/records", "Content-Type: text/plain\r\nContent-Encoding: zstd", Large, 415)]
    [InlineData("POST /v1/streams/s/records", "Content-Type: application/x-ndjson\r\nProducer-Id: p", Large, 400)]
    [InlineData("POST /v1/streams/s/records", "Content-Type: application/octet-stream", 5 * Large, 413)]
    [InlineData("POST /v1/streams/s/records", "Content-Type: application/vnd.orleans-log.frames", Large, 400)]
    [InlineData("POST /v1/streams/s/trim", "Content-Type: application/json", Large, 413)]
    [InlineData("POST /v1/streams/s/seal", "Content-Type: text/plain", Large, 415)]
    [InlineData("PUT /v1/streams/t", "Content-Type: application/json", Large, 413)]
    [InlineData("PATCH /v1/streams/s", "Content-Type: application/json", Large, 415)]
    [InlineData("GET /v1/streams/s/tail", "Content-Type: text/plain", Large, 200)]
    [InlineData("GET /v1/streams/s/session", "Content-Type: text/plain", Large, 426)]
    [InlineData("DELETE /v1/streams/nosuch", "Content-Type: text/plain", Large, 202)]
    [InlineData("PUT /v1/streams/s/records", "Content-Type: text/plain", Large, 405)]
    [InlineData("POST /nosuch", "Content-Type: text/plain", Large, 404)]
    public async Task Answer_follows_a_large_body_and_the_connection_continues(string route, string headers, int length, int status)
    {
        await using var server = await StartAsync();
        foreach (var chunked in new[] { false, true })
        {
            using var socket = await RawSocket.SendAsync(server.Address, $"{route} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n{Framing(chunked, length)}");
            await SendAsync(socket, length, chunked);
            (await HeadAsync(socket)).ShouldStartWith($"HTTP/1.1 {status.ToString(CultureInfo.InvariantCulture)} ");

            await socket.GetStream().WriteAsync("GET /v1/streams HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray());
            (await RawSocket.ReadToEndAsync(socket)).ShouldContain("HTTP/1.1 200 OK");
        }
    }

    [Fact]
    public async Task Name_in_host_is_refused_after_a_large_body_too()
    {
        await using var server = await StartAsync();
        using var socket = await RawSocket.SendAsync(
            server.Address, $"POST /v1/streams/s/records HTTP/1.1\r\nHost: evil.example\r\nContent-Type: text/plain\r\n{Framing(chunked: false, Large)}");
        await SendAsync(socket, Large, chunked: false);
        (await HeadAsync(socket)).ShouldStartWith("HTTP/1.1 400 ");
    }

    [Fact]
    public async Task Endless_body_is_answered_and_then_cut_off()
    {
        await using var server = await StartAsync();
        using var socket = await RawSocket.SendAsync(
            server.Address, "POST /v1/streams/nosuch/records HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 1099511627776\r\n\r\n");
        (await HeadAsync(socket)).ShouldStartWith("HTTP/1.1 404 ");

        // Beyond the bound of 64 MiB, what the sockets hold between the two ends is all that can still be sent.
        await Should.ThrowAsync<IOException>(() => SendAsync(socket, 128 * 1024 * 1024, chunked: false));
    }

    [Fact]
    public async Task Caller_that_asks_first_is_told_to_send_nothing()
    {
        await using var server = await StartAsync();
        using var socket = await RawSocket.SendAsync(
            server.Address, $"POST /v1/streams/nosuch/records HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nExpect: 100-continue\r\n{Framing(chunked: false, Large)}");
        (await HeadAsync(socket)).ShouldStartWith("HTTP/1.1 404 ");
    }

    private static async Task<TestServer> StartAsync()
    {
        var server = await TestServer.StartAsync(app => app.MapOrleansLog());
        (await server.Http.PutAsync("/v1/streams/s", content: null)).EnsureSuccessStatusCode();
        return server;
    }

    private static string Framing(bool chunked, int length) =>
        chunked ? $"Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n" : $"Content-Length: {length}\r\n\r\n";

    private static async Task SendAsync(TcpClient socket, int length, bool chunked)
    {
        var piece = new byte[64 * 1024];
        for (var left = length; left > 0; left -= piece.Length)
            await socket.GetStream().WriteAsync(piece.AsMemory(0, Math.Min(left, piece.Length)));

        if (chunked)
            await socket.GetStream().WriteAsync("\r\n0\r\n\r\n"u8.ToArray());
    }

    /// <summary>Status line, headers, and the body if its length is said.</summary>
    private static async Task<string> HeadAsync(TcpClient socket)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            (await socket.GetStream().ReadAsync(one, deadline.Token)).ShouldBe(1, $"The connection ended after: {head}");
            head.Append((char)one[0]);
        }

        return head.ToString();
    }
}
