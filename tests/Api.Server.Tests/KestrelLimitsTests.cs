using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Orleans.Log.Api.Server.Tests;

/// <summary>The bounds of the web server, met from outside.</summary>
public sealed class KestrelLimitsTests
{
    [Fact]
    public async Task A_body_over_the_bound_is_refused_before_it_is_read()
    {
        await using var server = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/echo") { Content = new ByteArrayContent(new byte[KestrelLimits.BodyBytes + 1]) };
        request.Headers.ExpectContinue = true;

        using var answer = await server.Http.SendAsync(request);

        answer.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task A_body_of_exactly_the_bound_is_taken()
    {
        await using var server = await StartAsync();

        using var answer = await server.Http.PostAsync("/echo", new ByteArrayContent(new byte[KestrelLimits.BodyBytes]));

        (await answer.Content.ReadAsStringAsync()).ShouldBe($"{KestrelLimits.BodyBytes}");
    }

    [Theory]
    [InlineData("GET /{0} HTTP/1.1\r\nHost: localhost\r\n\r\n", 5_000, "414")]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\nBig: {0}\r\n\r\n", 17_000, "431")]
    public async Task A_request_line_or_header_over_the_bound_is_refused(string request, int length, string status)
    {
        await using var server = await StartAsync();

        var answer = await RawAsync(server, string.Format(System.Globalization.CultureInfo.InvariantCulture, request, new string('x', length)));

        answer.ShouldStartWith("HTTP/1.1 " + status);
    }

    [Fact]
    public async Task More_headers_than_the_bound_are_refused()
    {
        await using var server = await StartAsync();
        var headers = string.Concat(Enumerable.Range(0, 65).Select(i => $"H{i}: v\r\n"));

        (await RawAsync(server, $"GET / HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n")).ShouldStartWith("HTTP/1.1 431");
    }

    [Fact]
    public async Task A_connection_over_the_bound_is_closed_at_once_and_the_others_go_on()
    {
        await using var server = await StartAsync(maxConnections: 2);
        using var first = await ConnectAsync(server);
        using var second = await ConnectAsync(server);
        await AnswerAsync(first);
        await AnswerAsync(second);

        using var third = await ConnectAsync(server);
        await third.GetStream().WriteAsync("GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
        (await ReadToEndAsync(third)).ShouldBeEmpty();

        await AnswerAsync(first);
    }

    private static Task<TestServer> StartAsync(int maxConnections = 100) => TestServer.StartAsync(
        app => app.Map("/echo", async context =>
        {
            var buffer = new byte[64 * 1024];
            long length = 0;
            for (int read; (read = await context.Request.Body.ReadAsync(buffer)) > 0; length += read)
            {
            }

            await context.Response.WriteAsync($"{length}");
        }),
        options => options.MaxConnections = maxConnections);

    private static async Task<TcpClient> ConnectAsync(TestServer server)
    {
        var client = new TcpClient();
        await client.ConnectAsync(server.Address.Host, server.Address.Port);
        return client;
    }

    private static async Task<string> RawAsync(TestServer server, string request)
    {
        using var client = await ConnectAsync(server);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        return await ReadToEndAsync(client);
    }

    /// <summary>One request and its answer on a connection that stays open.</summary>
    private static async Task AnswerAsync(TcpClient client)
    {
        await client.GetStream().WriteAsync("GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
        var text = "";
        var buffer = new byte[4096];
        while (!text.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await client.GetStream().ReadAsync(buffer);
            read.ShouldBeGreaterThan(0, "the connection must stay open");
            text += Encoding.ASCII.GetString(buffer, 0, read);
        }

        text.ShouldStartWith("HTTP/1.1 200");
    }

    /// <summary>Everything until the other side closes, orderly or not.</summary>
    private static async Task<string> ReadToEndAsync(TcpClient client)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            for (int read; (read = await client.GetStream().ReadAsync(buffer)) > 0;)
                text.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }
        catch (IOException)
        {
            // Reset instead of closed: it is gone either way.
        }

        return text.ToString();
    }
}
