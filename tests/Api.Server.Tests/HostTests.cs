using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Hosting;
using Orleans.Log.Api.Server.Settings;
using Orleans.Log.ServiceDefaults;

namespace Orleans.Log.Api.Server.Tests;

/// <summary>A web site that makes its own name resolve to this machine is told apart by the name in Host.</summary>
public sealed class HostTests
{
    [Theory]
    [InlineData("localhost")]
    [InlineData("LocalHost:5075")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:80")]
    [InlineData("[::1]:5075")]
    public async Task On_loopback_the_names_of_loopback_are_answered(string host)
    {
        await using var server = await StartAsync();
        (await GetAsync(server, "/v1/streams", host)).ShouldStartWith("HTTP/1.1 200");
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("localhost.evil.example")]
    [InlineData("evil.example:5075")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("10.0.0.1")]
    public async Task On_loopback_every_other_name_is_refused_whatever_is_asked_for(string host)
    {
        await using var server = await StartAsync();
        foreach (var path in new[] { "/v1/streams", "/v1/streams/s/records", "/metrics", "/alive", "/nothing" })
        {
            var answer = await GetAsync(server, path, host);
            answer.ShouldStartWith("HTTP/1.1 400", customMessage: path);
            answer.ShouldContain("application/problem+json");
            answer.ShouldContain("\"code\":\"bad_request\"");
            answer.ShouldContain("\"reason\":\"host\"");
        }
    }

    [Fact]
    public async Task A_page_that_calls_the_log_by_its_own_name_changes_nothing()
    {
        await using var server = await StartAsync();
        var answer = await SendAsync(server, "PUT /v1/streams/s HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\nContent-Length: 0\r\n");
        answer.ShouldStartWith("HTTP/1.1 400");
        (await server.Http.GetAsync("/v1/streams/s")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Names_that_were_given_are_answered_besides()
    {
        await using var server = await StartAsync(options => Give(options, "log.example; fe80::1"));
        (await GetAsync(server, "/v1/streams", "log.example:443")).ShouldStartWith("HTTP/1.1 200");
        (await GetAsync(server, "/v1/streams", "[fe80::1]")).ShouldStartWith("HTTP/1.1 200");
        (await GetAsync(server, "/v1/streams", "localhost")).ShouldStartWith("HTTP/1.1 200");
        (await GetAsync(server, "/v1/streams", "other.example")).ShouldStartWith("HTTP/1.1 400");
    }

    [Theory]
    [InlineData("http://127.0.0.1:1", null, "localhost 127.0.0.1 [::1] 127.0.0.1")]
    [InlineData("http://127.9.9.9:1;http://[::ffff:127.0.0.1]:1", "a", "localhost 127.0.0.1 [::1] 127.9.9.9 [::ffff:127.0.0.1] a")]
    [InlineData("http://127.0.0.1:1;http://10.0.0.1:1", null, "*")]
    [InlineData("http://*:1", null, "*")]
    [InlineData("http://*:1", "a;b", "localhost 127.0.0.1 [::1] a b")]
    public void Any_name_is_right_where_others_can_reach_it_unless_names_are_given(string urls, string? given, string hosts)
    {
        var options = new ServerOptions { Urls = ListenAddress.ParseList(urls) };
        if (given is not null)
            Give(options, given);

        string.Join(' ', options.Hosts()).ShouldBe(hosts);
    }

    [Theory]
    [InlineData("")]
    [InlineData("http://a")]
    [InlineData("a:80")]
    [InlineData("a b")]
    [InlineData("*.example")]
    public void What_is_no_name_is_refused(string names) => Should.Throw<FormatException>(() => HostNames.ParseList(names));

    private static void Give(ServerOptions options, string hosts) =>
        ServerSettings.All.Single(setting => setting.Name == "allowed-hosts").Apply(options, hosts);

    private static Task<TestServer> StartAsync(Action<ServerOptions>? configure = null) => TestServer.StartAsync(
        app =>
        {
            app.MapOrleansLog();
            app.MapMetrics();
        },
        configure);

    private static Task<string> GetAsync(TestServer server, string path, string host) => SendAsync(server, $"GET {path} HTTP/1.1\r\nHost: {host}\r\n");

    private static async Task<string> SendAsync(TestServer server, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Address.Host, server.Address.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request + "Connection: close\r\n\r\n"));
        return await new StreamReader(client.GetStream()).ReadToEndAsync();
    }
}
