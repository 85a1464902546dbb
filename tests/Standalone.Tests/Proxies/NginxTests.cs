using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Log.Api.Server;
using Orleans.Log.Api.Server.Settings;
using Orleans.Log.Client;
using Orleans.Log.Testing;

namespace Orleans.Log.Standalone.Tests.Proxies;

/// <summary>The API behind a real nginx: with nothing but a <c>proxy_pass</c>, and with the configuration of docs/OPERATIONS.md.</summary>
public sealed class NginxTests : IAsyncLifetime
{
    private const string Defaults = "server { listen 80; location / { proxy_pass http://127.0.0.1:5075; } }";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private WebApplication _server = null!;

    public async Task InitializeAsync()
    {
        var options = new ServerOptions { Urls = ListenAddress.ParseList("http://127.0.0.1:0"), LogLevel = LogLevel.None };
        options.Api.AllowedHosts.Add("logs.example");
        var builder = WebServer.CreateBuilder(options);
        builder.Services.AddSingleton<ILogService>(new VolatileLogService(TimeProvider.System));
        _server = builder.Build();
        _server.MapOrleansLog();
        await _server.StartAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [NginxFact]
    public async Task Events_arrive_as_they_happen_behind_defaults()
    {
        await using var nginx = await StartAsync(Defaults);
        using var http = Http(nginx);
        await CreateAsync(http);
        string? id;
        using (var response = await FollowAsync(http))
        {
            await using var events = await EventsAsync(response);
            (await NextAsync(events)).EventType.ShouldBe("ping");
            await AppendAsync(http, "a");
            var batch = await NextAsync(events);
            (batch.EventType, batch.Data.Contains("\"text\":\"a\"", StringComparison.Ordinal)).ShouldBe(("batch", true));
            id = batch.EventId;
        }

        await AppendAsync(http, "b");
        using var again = await FollowAsync(http, id);
        await using var rest = await EventsAsync(again);
        (await NextAsync(rest)).Data.ShouldContain("\"text\":\"b\"");
        nginx.Complaints().ShouldBeEmpty();
    }

    [NginxFact]
    public async Task Put_and_post_without_a_body_pass_behind_defaults()
    {
        await using var nginx = await StartAsync(Defaults);
        (await SendAsync(nginx, "PUT /v1/streams/s HTTP/1.1")).ShouldStartWith("HTTP/1.1 201 ");
        (await SendAsync(nginx, "POST /v1/streams/s/seal HTTP/1.1")).ShouldStartWith("HTTP/1.1 200 ");
    }

    // As curl does: without a body, and without a word of its length.
    private static async Task<string> SendAsync(Nginx nginx, string line)
    {
        await using var connection = await nginx.ConnectAsync();
        await connection.WriteAsync(Encoding.ASCII.GetBytes($"{line}\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
        return await new StreamReader(connection).ReadToEndAsync().WaitAsync(Patience);
    }

    [NginxFact]
    public async Task Waiting_readers_and_the_client_follow_behind_defaults()
    {
        await using var nginx = await StartAsync(Defaults);
        using var http = Http(nginx);
        await CreateAsync(http);
        var waiting = http.GetAsync("/v1/streams/s/records?from=0&wait=30");
        using var client = new LogClient(http.BaseAddress!, new LogClientOptions { Handler = nginx.Handler });
        await using var follower = client.FollowAsync("s", ReadStart.Head).GetAsyncEnumerator();
        var next = follower.MoveNextAsync().AsTask();

        await AppendAsync(http, "a");
        (await (await waiting.WaitAsync(Patience)).Content.ReadAsStringAsync()).ShouldContain("\"text\":\"a\"");
        (await next.WaitAsync(Patience)).ShouldBeTrue();
        follower.Current.Text.ShouldBe("a");
    }

    [NginxFact]
    public async Task Lines_are_appended_and_answered_whole_behind_defaults()
    {
        await using var nginx = await StartAsync(Defaults);
        using var http = Http(nginx);
        await CreateAsync(http);
        using var lines = new StringContent("{\"text\":\"a\"}\n{\"text\":\"b\"}\n", Encoding.UTF8, "application/x-ndjson");
        using var answer = await http.PostAsync("/v1/streams/s/records", lines).WaitAsync(Patience);
        (await answer.Content.ReadAsStringAsync()).ShouldEndWith("\"tail\":2,\"duplicate\":false}\n");
    }

    [NginxFact]
    public async Task Documented_configuration_passes_lines_while_they_are_sent()
    {
        await using var nginx = await StartAsync(Documented());
        using var http = Http(nginx);
        await CreateAsync(http);
        await using var connection = await nginx.ConnectAsync();
        using var answer = new StreamReader(connection);
        await WriteAsync("POST /v1/streams/s/records HTTP/1.1\r\nHost: logs.example\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (var i = 0; i < 3; i++)
        {
            const string line = "{\"text\":\"a\"}\n";
            await WriteAsync($"{line.Length:x}\r\n{line}\r\n");
            (await AcknowledgementAsync()).ShouldBe($$"""{"start":{{i}},"end":{{i + 1}},"tail":{{i + 1}},"duplicate":false}""");
        }

        async Task WriteAsync(string text) => await connection.WriteAsync(Encoding.ASCII.GetBytes(text));

        // Between them stand the head of the answer and the lengths of its chunks.
        async Task<string> AcknowledgementAsync()
        {
            while (true)
            {
                if ((await answer.ReadLineAsync().WaitAsync(Patience)).ShouldNotBeNull() is ['{', ..] acknowledgement)
                    return acknowledgement;
            }
        }
    }

    [NginxFact]
    public async Task Documented_configuration_passes_sessions_and_large_batches()
    {
        await using var nginx = await StartAsync(Documented());
        using var http = Http(nginx);
        using (var created = await http.PutAsync("/v1/streams/s", content: null))
            created.StatusCode.ShouldBe(HttpStatusCode.Created);

        // As the client asks for a session; plain requests would hide that it got none.
        using var upgrade = new HttpRequestMessage(HttpMethod.Get, "/v1/streams/s/session");
        upgrade.Headers.Connection.Add("Upgrade");
        upgrade.Headers.Upgrade.Add(new ProductHeaderValue("orleans-log-session", "1"));
        using var session = await http.SendAsync(upgrade, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Patience);
        session.StatusCode.ShouldBe(HttpStatusCode.SwitchingProtocols);

        using var client = new LogClient(http.BaseAddress!, new LogClientOptions { Handler = nginx.Handler });
        await using var appender = await client.OpenAppenderAsync("s").WaitAsync(Patience);
        var large = NewRecord.FromText(new string('x', 1_000_000));
        for (var i = 0; i < 4; i++)
            (await appender.AppendAsync([large]).WaitAsync(Patience)).Start.ShouldBe(i);

        (await client.AppendAsync("s", new[] { large, large, large })).Start.ShouldBe(4);
        nginx.Complaints().ShouldAllBe(line => line.Contains("[warn]", StringComparison.Ordinal), "a body that is kept in a file is worth a warning to it");
    }

    private static HttpClient Http(Nginx nginx) => new(nginx.Handler, disposeHandler: false) { BaseAddress = new Uri("http://logs.example"), Timeout = Patience };

    private static async Task CreateAsync(HttpClient http)
    {
        using var config = new StringContent("{}", Encoding.UTF8, "application/json");
        using var created = await http.PutAsync("/v1/streams/s", config);
        created.StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    private static async Task AppendAsync(HttpClient http, string text)
    {
        using var answer = await http.PostAsync("/v1/streams/s/records", new StringContent(text));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static async Task<HttpResponseMessage> FollowAsync(HttpClient http, string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/streams/s/records");
        request.Headers.Add("Accept", "text/event-stream");
        if (lastEventId is not null)
            request.Headers.Add("Last-Event-ID", lastEventId);

        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Patience);
    }

    private static async Task<IAsyncEnumerator<SseItem<string>>> EventsAsync(HttpResponseMessage response)
    {
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        return SseParser.Create(await response.Content.ReadAsStreamAsync()).EnumerateAsync().GetAsyncEnumerator();
    }

    private static async Task<SseItem<string>> NextAsync(IAsyncEnumerator<SseItem<string>> events)
    {
        (await events.MoveNextAsync().AsTask().WaitAsync(Patience)).ShouldBeTrue();
        return events.Current;
    }

    /// <summary>The configuration that the page of operations gives.</summary>
    private static string Documented()
    {
        const string begin = "```nginx\n";
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs/OPERATIONS.md"));
        var from = page.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        return page[from..page.IndexOf("```", from, StringComparison.Ordinal)];
    }

    private Task<Nginx> StartAsync(string http) => Nginx.StartAsync(http.Replace("127.0.0.1:5075", new Uri(_server.Urls.Single()).Authority, StringComparison.Ordinal));
}
