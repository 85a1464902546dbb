using System.Globalization;
using Orleans.Log.Testing.Conformance;

namespace Orleans.Log.Api.Endpoints.Tests.Scenarios;

/// <summary>Following as server-sent events.</summary>
public abstract class EventScenarios<TFactory> : EndpointScenarios<TFactory>
    where TFactory : ILogServiceFactory, new()
{
    [Fact]
    public async Task A_follower_gets_what_there_is_then_what_comes_then_the_seal()
    {
        await AppendAsync("a", "b");
        await using var events = await EventReader.OpenAsync(Server, Records);
        events.Response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        events.Response.Headers.CacheControl!.NoStore.ShouldBeTrue();

        var first = (await events.NextAsync())!;
        first.Type.ShouldBe("batch");
        first.Id.ShouldBe($"2,2,{2 * (1 + Limits.RecordOverheadBytes)},{events.Response.Headers.GetValues("Log-Stream-Id").Single()}");
        Texts(first.Data).ShouldBe(["a", "b"]);
        first.Data.GetProperty("next").GetInt64().ShouldBe(2);

        await AppendAsync("c");
        Texts((await events.NextButPingAsync())!.Data).ShouldBe(["c"]);
        await Server.PostAsync(Stream + "/seal", null);
        var end = (await events.NextButPingAsync())!;
        (end.Type, end.Data.ToString()).ShouldBe(("sealed", """{"tail":3}"""));
        (await events.NextAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task A_quiet_stream_is_pinged_every_fifteen_seconds()
    {
        await using var events = await EventReader.OpenAsync(Server, Records);
        (await events.NextAsync())!.Type.ShouldBe("ping");
        for (var i = 0; i < 3; i++)
        {
            await Time.TimerArmedAsync(TimeSpan.FromSeconds(15));
            Time.Advance(TimeSpan.FromSeconds(15));
            var ping = (await events.NextAsync())!;
            ping.Type.ShouldBe("ping");
            ping.Data.GetProperty("timestamp").GetInt64().ShouldBe(Time.GetUtcNow().ToUnixTimeMilliseconds());
        }
    }

    [Fact]
    public async Task A_follower_resumes_behind_the_last_event_that_it_saw()
    {
        await AppendAsync("a", "b");
        string id;
        await using (var events = await EventReader.OpenAsync(Server, Records))
            id = (await events.NextAsync())!.Id!;

        await AppendAsync("c", "d");
        await using var resumed = await EventReader.OpenAsync(Server, Records, id);
        Texts((await resumed.NextAsync())!.Data).ShouldBe(["c", "d"]);
    }

    [Fact]
    public async Task Budgets_hold_for_all_connections_together()
    {
        await AppendAsync("a", "b", "c", "d", "e");
        string id;
        await using (var events = await EventReader.OpenAsync(Server, Records + "?limit=2"))
        {
            var batch = (await events.NextAsync())!;
            Texts(batch.Data).ShouldBe(["a", "b"]);
            (await events.NextAsync()).ShouldBeNull();
            id = batch.Id!;
        }

        // A browser comes back by itself, whatever ended the connection; this is what stops it.
        await using (var spent = await EventReader.OpenAsync(Server, Records + "?limit=2", id))
            ((int)spent.Status).ShouldBe(204);

        await using (var more = await EventReader.OpenAsync(Server, Records + "?limit=3", id))
        {
            Texts((await more.NextAsync())!.Data).ShouldBe(["c"]);
            (await more.NextAsync()).ShouldBeNull();
        }

        var twoRecords = 2 * (1 + Limits.RecordOverheadBytes);
        await using var bytes = await EventReader.OpenAsync(Server, $"{Records}?max_bytes={twoRecords.ToString(CultureInfo.InvariantCulture)}");
        Texts((await bytes.NextAsync())!.Data).ShouldBe(["a", "b"]);
        (await bytes.NextAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task A_bound_in_time_ends_it()
    {
        await Server.PostAsync(Records, Body.Json("""{"records":[{"text":"10","timestamp":10},{"text":"20","timestamp":20}]}"""));
        await using var events = await EventReader.OpenAsync(Server, Records + "?until=20");
        var batch = (await events.NextAsync())!;
        Texts(batch.Data).ShouldBe(["10"]);
        (await events.NextAsync()).ShouldBeNull();
        await using var again = await EventReader.OpenAsync(Server, Records + "?until=20", batch.Id);
        ((int)again.Status).ShouldBe(204);
    }

    [Fact]
    public async Task A_sealed_stream_that_was_read_to_its_end_stops_a_browser()
    {
        await AppendAsync("a");
        await Server.PostAsync(Stream + "/seal", null);
        await using var events = await EventReader.OpenAsync(Server, Records);
        (await events.NextAsync())!.Type.ShouldBe("batch");
        var end = (await events.NextAsync())!;
        end.Type.ShouldBe("sealed");
        (await events.NextAsync()).ShouldBeNull();
        await using var again = await EventReader.OpenAsync(Server, Records, end.Id);
        ((int)again.Status).ShouldBe(204);
    }

    [Fact]
    public async Task What_is_wrong_from_the_start_is_a_plain_problem()
    {
        (await Server.GetAsync(Records + "?wait=1", ("Accept", "text/event-stream"))).ShouldBeProblem(400, "bad_request");
        (await Server.GetAsync(Records + "?limit=0", ("Accept", "text/event-stream"))).ShouldBeProblem(400, "bad_request");
        (await Server.GetAsync("/v1/streams/none/records", ("Accept", "text/event-stream"))).ShouldBeProblem(404, "stream_not_found");
        await AppendAsync("a", "b");
        await Server.PostAsync(Stream + "/trim", Body.Json("""{"before":1}"""));
        (await Server.GetAsync(Records + "?from=0", ("Accept", "text/event-stream"))).ShouldBeProblem(410, "trimmed");
        var long33 = new string('0', 33);
        foreach (var id in new[] { "x", "1", "1,2", "1,2,3,4", "1,2,3,", $"1,2,3,{long33}", $"1,2,3,{long33[2..]}G", $"1,2,3,{long33[1..]},5", "-1,0,0", "1,2,99999999999999999999", ",,", "1, 2,3" })
            (await Server.GetAsync(Records, ("Accept", "text/event-stream"), ("Last-Event-ID", id))).ShouldBeProblem(400, "bad_request");
    }

    [Fact]
    public async Task What_goes_wrong_later_is_an_error_event()
    {
        await AppendAsync("a");
        await using var events = await EventReader.OpenAsync(Server, Records);
        (await events.NextAsync())!.Type.ShouldBe("batch");
        await Time.TimerArmedAsync(TimeSpan.FromSeconds(15));
        Server.Log.OnRead = () => throw new LogException(LogErrorCode.Corrupt, "Damaged.");
        await AppendAsync("b");
        Texts((await events.NextButPingAsync())!.Data).ShouldBe(["b"]);
        var error = (await events.NextButPingAsync())!;
        error.Type.ShouldBe("error");
        error.Data.GetProperty("code").GetString().ShouldBe("corrupt");
        (await events.NextAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task A_stream_that_is_deleted_ends_its_followers()
    {
        await AppendAsync("a");
        await using var events = await EventReader.OpenAsync(Server, Records);
        await events.NextAsync();
        await Server.SendAsync("DELETE", Stream);
        var error = (await events.NextButPingAsync())!;
        (error.Type, error.Data.GetProperty("code").GetString()).ShouldBe(("error", "stream_not_found"));
    }

    [Fact]
    public async Task Followers_do_not_hold_up_a_server_that_stops()
    {
        await AppendAsync("a");
        await using var events = await EventReader.OpenAsync(Server, Records);
        await events.NextAsync();
        var stop = Server.StopAsync();
        var error = (await events.NextButPingAsync())!;
        (error.Type, error.Data.GetProperty("code").GetString()).ShouldBe(("error", "draining"));
        (await events.NextAsync()).ShouldBeNull();
        await stop.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Start_beyond_the_tail_answers_before_it_waits()
    {
        await using var events = await EventReader.OpenAsync(Server, Records + "?from=1");
        var ping = (await events.NextAsync())!;
        (ping.Type, ping.Id).ShouldBe(("ping", $"1,0,0,{await IdAsync()}"));
        await Time.TimerArmedAsync(TimeSpan.FromSeconds(15));
        await AppendAsync("a", "b");
        Texts((await events.NextButPingAsync())!.Data).ShouldBe(["b"]);
    }

    [Fact]
    public async Task Streamed_answers_tell_proxies_not_to_buffer()
    {
        await using var events = await EventReader.OpenAsync(Server, Records);
        events.Response.Headers.GetValues("X-Accel-Buffering").ShouldBe(["no"]);
        (await Server.PostAsync(Records, Body.Lines("{\"text\":\"a\"}"))).Headers["X-Accel-Buffering"].ShouldBe("no");
        (await Server.GetAsync(Records)).Headers.ContainsKey("X-Accel-Buffering").ShouldBeFalse("a page is whole");
    }

    private async Task<string> IdAsync() => (await Server.GetAsync(Stream)).Json.GetProperty("id").GetString()!;
}
