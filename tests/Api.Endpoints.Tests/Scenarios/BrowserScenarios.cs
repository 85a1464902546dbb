using Orleans.Log.Testing.Conformance;

namespace Orleans.Log.Api.Endpoints.Tests.Scenarios;

/// <summary>Pages in browsers: which may use the API, and what they may see of it.</summary>
public abstract class BrowserScenarios<TFactory> : EndpointScenarios<TFactory>
    where TFactory : ILogServiceFactory, new()
{
    private const string Friend = "https://console.example";
    private const string Stranger = "https://evil.example";

    protected override void Configure(OrleansLogEndpointOptions options) => options.AllowedOrigins.Add(Friend);

    [Fact]
    public async Task A_page_of_an_allowed_origin_sees_our_headers()
    {
        await AppendAsync("a");
        var reply = await Server.GetAsync(Records, ("Origin", Friend));
        reply.Status.ShouldBe(200);
        reply.Headers["Access-Control-Allow-Origin"].ShouldBe(Friend);
        reply.Headers["Vary"].ShouldContain("Origin");
        foreach (var header in new[] { "ETag", "Link", "Location", "Retry-After", "Log-Tail", "Log-Head", "Log-Next", "Log-Sealed", "Log-Lsn", "Log-Timestamp" })
            reply.Headers["Access-Control-Expose-Headers"].Split(", ").ShouldContain(header);

        var problem = await Server.GetAsync("/v1/streams/none", ("Origin", Friend));
        problem.ShouldBeProblem(404, "stream_not_found");
        problem.Headers["Access-Control-Allow-Origin"].ShouldBe(Friend);
    }

    [Fact]
    public async Task A_page_of_an_allowed_origin_may_ask_before_it_sends()
    {
        var reply = await Server.SendAsync(
            "OPTIONS", Records, null, ("Origin", Friend), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "log-fencing-token"));
        reply.Status.ShouldBe(204);
        reply.Headers["Access-Control-Allow-Methods"].Split(", ").ShouldContain("POST");
        foreach (var header in new[] { "Content-Type", "If-Match", "Last-Event-ID", "Log-Fencing-Token", "Producer-Id", "Producer-Epoch", "Producer-Seq" })
            reply.Headers["Access-Control-Allow-Headers"].Split(", ").ShouldContain(header);
    }

    [Fact]
    public async Task A_page_of_the_own_origin_needs_no_permission() =>
        (await Server.PostAsync(Records, Body.Text("a"), ("Origin", $"http://{Server.Address.Authority}"))).Status.ShouldBe(200);

    [Theory]
    [InlineData(Stranger)]
    [InlineData("null")]
    public async Task Any_other_page_changes_nothing_and_reads_nothing(string origin)
    {
        (await Server.PostAsync(Records, Body.Text("x"), ("Origin", origin))).ShouldBeProblem(403, "forbidden").GetProperty("reason").GetString().ShouldBe("origin");
        (await Server.SendAsync("DELETE", Stream, null, ("Origin", origin))).ShouldBeProblem(403, "forbidden");
        (await Server.SendAsync("PUT", Stream, null, ("Origin", origin))).ShouldBeProblem(403, "forbidden");
        (await Server.SendAsync("OPTIONS", Records, null, ("Origin", origin), ("Access-Control-Request-Method", "POST"))).ShouldBeProblem(403, "forbidden");
        var read = await Server.GetAsync(Records, ("Origin", origin));
        read.Headers.ContainsKey("Access-Control-Allow-Origin").ShouldBeFalse();
        (await TailAsync()).ShouldBe(0);
    }

    [Theory]
    [InlineData("")]
    [InlineData(Friend, Friend)]
    [InlineData(Friend, Stranger)]
    [InlineData("", Stranger)]
    [InlineData("https://console.example, https://evil.example")]
    public async Task Several_origins_or_an_empty_one_are_foreign(params string[] origins)
    {
        foreach (var (method, path) in new[] { ("POST", Records), ("DELETE", Stream), ("PUT", Stream), ("OPTIONS", Records), ("GET", Stream + "/session") })
        {
            var answer = await RawAsync(method, path, origins);
            answer.ShouldStartWith("HTTP/1.1 403 ", customMessage: method);
            answer.ShouldContain("\"reason\":\"origin\"");
            answer.ShouldNotContain("Access-Control-Allow-Origin");
        }

        var read = await RawAsync("GET", Records, origins);
        read.ShouldStartWith("HTTP/1.1 200 ");
        read.ShouldNotContain("Access-Control-Allow-Origin");
        (await TailAsync()).ShouldBe(0);
    }

    private async Task<string> RawAsync(string method, string path, string[] origins)
    {
        using var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync(Server.Address.Host, Server.Address.Port);
        var headers = string.Concat(origins.Select(origin => $"Origin: {origin}\r\n"));
        var rest = method is "POST" or "PUT" ? "Content-Type: text/plain\r\nContent-Length: 1\r\n\r\nx" : "\r\n";
        await socket.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(
            $"{method} {path} HTTP/1.1\r\nHost: {Server.Address.Authority}\r\nConnection: close\r\n{headers}{rest}"));
        return await new StreamReader(socket.GetStream()).ReadToEndAsync();
    }
}
