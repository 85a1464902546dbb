using Orleans.Log.Testing.Conformance;

namespace Orleans.Log.Api.Endpoints.Tests.Scenarios;

/// <summary>Coming back to an event stream, and the times at which one begins and ends.</summary>
public abstract class ResumeScenarios<TFactory> : EndpointScenarios<TFactory>
    where TFactory : ILogServiceFactory, new()
{
    private static readonly TimeSpan Ping = TimeSpan.FromSeconds(15);

    private long Now => Time.GetUtcNow().ToUnixTimeMilliseconds();

    [Fact]
    public async Task Resume_in_a_recreated_stream_is_refused()
    {
        await AppendAsync([.. Enumerable.Range(0, 10).Select(i => $"old {i}")]);
        var id = await LastIdAsync(Records);
        await RecreateAsync();
        await AppendAsync([.. Enumerable.Range(0, 20).Select(i => $"new {i}")]);

        var problem = (await ResumeAsync(Records, id)).ShouldBeProblem(404, "stream_not_found");
        problem.GetProperty("reason").GetString().ShouldBe("other_stream");
        (await ResumeAsync(Records + "?clamp", id)).ShouldBeProblem(404, "stream_not_found");
        await Server.SendAsync("DELETE", Stream);
        (await ResumeAsync(Records, id)).ShouldBeProblem(404, "stream_not_found").TryGetProperty("reason", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Follower_without_a_record_resumes_where_it_was()
    {
        await AppendAsync("a");
        string id;
        await using (var events = await EventReader.OpenAsync(Server, Records + "?last=0"))
            id = (await events.NextAsync())!.Id!;

        id.ShouldBe($"1,0,0,{await IdAsync()}");
        await AppendAsync("b");
        await using (var resumed = await EventReader.OpenAsync(Server, Records + "?last=0", id))
            Texts((await resumed.NextAsync())!.Data).ShouldBe(["b"]);

        await RecreateAsync();
        (await ResumeAsync(Records + "?last=0", id)).ShouldBeProblem(404, "stream_not_found");
    }

    [Fact]
    public async Task Id_without_identity_resumes_below_the_tail_only()
    {
        await AppendAsync("a", "b", "c");
        await using (var resumed = await EventReader.OpenAsync(Server, Records, "2,2,34"))
        {
            var batch = (await resumed.NextAsync())!;
            Texts(batch.Data).ShouldBe(["c"]);
            batch.Id!.ShouldStartWith("3,3,51,");
        }

        await using (var atTail = await EventReader.OpenAsync(Server, Records, "3,3,51"))
            (await atTail.NextAsync())!.Type.ShouldBe("ping");

        await RecreateAsync();
        await AppendAsync("x");
        (await ResumeAsync(Records, "2,2,34")).ShouldBeProblem(404, "stream_not_found").GetProperty("reason").GetString().ShouldBe("other_stream");
    }

    [Fact]
    public async Task Clamp_holds_on_a_resume()
    {
        await AppendAsync("a", "b", "c", "d");
        var id = await LastIdAsync(Records + "?clamp&limit=1");
        await TrimAsync(3);
        await using (var resumed = await EventReader.OpenAsync(Server, Records + "?clamp", id))
            Texts((await resumed.NextAsync())!.Data).ShouldBe(["d"]);

        // Without it, what was trimmed ends the stream; also if it began at the head because the request named no start.
        (await ResumeAsync(Records, id)).ShouldBeProblem(410, "trimmed").GetProperty("head").GetInt64().ShouldBe(3);
        (await ResumeAsync(Records + "?from=0", id)).ShouldBeProblem(410, "trimmed");
    }

    [Theory]
    [InlineData("?from=0&clamp", "batch")]
    [InlineData("", "error")]
    public async Task Record_trimmed_under_a_follower_is_passed_over_with_clamp_only(string query, string expected)
    {
        await AppendAsync([.. Enumerable.Range(0, 1_500).Select(i => $"{i}")]);
        var reads = 0;
        Server.Log.OnRead = () =>
        {
            if (++reads == 2)
                Server.Log.Inner.OpenAsync(StreamName.Parse("orders"), default).AsTask().Result.TrimAsync(1_400, default).AsTask().Wait();
        };
        await using var events = await EventReader.OpenAsync(Server, Records + query);
        (await events.NextAsync())!.Data.GetProperty("next").GetInt64().ShouldBeLessThan(1_400);
        var next = (await events.NextAsync())!;
        next.Type.ShouldBe(expected);
        if (expected == "batch")
            Texts(next.Data)[0].ShouldBe("1400");
        else
            next.Data.GetProperty("code").GetString().ShouldBe("trimmed");
    }

    [Fact]
    public async Task Since_in_the_future_gives_nothing_older()
    {
        await AppendAsync("before");
        var path = $"{Records}?since={Now + 20_000}";
        await using (var lost = await EventReader.OpenAsync(Server, path))
        {
            var ping = (await lost.NextAsync())!;
            (ping.Type, ping.Id).ShouldBe(("ping", null), "an id would resume by position, which older records reach first");
        }

        await using var events = await EventReader.OpenAsync(Server, path);
        (await events.NextAsync())!.Type.ShouldBe("ping");
        await Time.TimerArmedAsync(Ping);
        await AppendAsync("still before");
        Time.Advance(Ping);
        (await events.NextAsync())!.Type.ShouldBe("ping");
        await AppendAsync("and again");
        await Time.TimerArmedAsync(Ping);
        Time.Advance(TimeSpan.FromSeconds(5));
        await AppendAsync("at that time");
        Texts((await events.NextButPingAsync())!.Data).ShouldBe(["at that time"]);
        await AppendAsync("after it");
        Texts((await events.NextButPingAsync())!.Data).ShouldBe(["after it"]);
    }

    [Fact]
    public async Task Until_ends_it_when_that_time_has_passed()
    {
        await AppendAsync("a");
        await using var events = await EventReader.OpenAsync(Server, $"{Records}?until={Now + 20_000}");
        var id = (await events.NextAsync())!.Id;
        await Time.TimerArmedAsync(Ping);
        Time.Advance(Ping);
        (await events.NextAsync())!.Type.ShouldBe("ping");
        await Time.TimerArmedAsync(TimeSpan.FromSeconds(5));
        Time.Advance(TimeSpan.FromSeconds(5));
        (await events.NextAsync()).ShouldBeNull();

        // One that is stamped with an older time is not waited for, and is given to who asks.
        var over = $"{Records}?until={Now}";
        (await ResumeAsync(over, id!)).Status.ShouldBe(204);
        await Server.PostAsync(Records, Body.Json($$"""{"records":[{"text":"b","timestamp":{{Now - 1}}}]}"""));
        await using var rest = await EventReader.OpenAsync(Server, over, id);
        Texts((await rest.NextAsync())!.Data).ShouldBe(["b"]);
        (await rest.NextAsync()).ShouldBeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData("&from=7")]
    [InlineData("&since=0")]
    public async Task Until_in_the_past_without_records_stops_a_browser(string start)
    {
        await using var events = await EventReader.OpenAsync(Server, $"{Records}?until={Now}{start}");
        ((int)events.Status).ShouldBe(204);
    }

    [Fact]
    public async Task Waiting_read_ends_when_until_has_passed()
    {
        var armed = Time.TimerArmedAsync(TimeSpan.FromSeconds(5));
        var read = Server.GetAsync($"{Records}?from=2&wait=30&until={Now + 5_000}");
        await armed;
        Time.Advance(TimeSpan.FromSeconds(5));
        (await read).Text.ShouldBe("""{"records":[],"next":2,"head":0,"tail":0,"sealed":false}""");
    }

    [Fact]
    public async Task Waiting_read_since_a_later_time_passes_over_older_records()
    {
        var armed = Time.TimerArmedAsync(TimeSpan.FromSeconds(29));
        var read = Server.GetAsync($"{Records}?since={Now + 10_000}&wait=29");
        await armed;
        await AppendAsync("before");
        Time.Advance(TimeSpan.FromSeconds(10));
        await AppendAsync("then");
        Texts((await read).Json).ShouldBe(["then"]);
    }

    private Task<Reply> ResumeAsync(string path, string id) => Server.GetAsync(path, ("Accept", "text/event-stream"), ("Last-Event-ID", id));

    private async Task<string> LastIdAsync(string path)
    {
        await using var events = await EventReader.OpenAsync(Server, path);
        return (await events.NextAsync())!.Id!;
    }

    private async Task RecreateAsync()
    {
        await Server.SendAsync("DELETE", Stream);
        await Server.CreateAsync("orders");
    }

    private async Task TrimAsync(long before) =>
        (await Server.PostAsync(Stream + "/trim", Body.Json($$"""{"before":{{before}}}"""))).Status.ShouldBe(200);

    private async Task<string> IdAsync() => (await Server.GetAsync(Stream)).Json.GetProperty("id").GetString()!;
}
