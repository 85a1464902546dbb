using System.Buffers;
using Orleans.Log.Api.Contracts.Frames;
using Orleans.Log.Testing.Conformance;

namespace Orleans.Log.Api.Endpoints.Tests.Scenarios;

/// <summary>Reading one page, by every origin, within every bound, in every form.</summary>
public abstract class ReadScenarios<TFactory> : EndpointScenarios<TFactory>
    where TFactory : ILogServiceFactory, new()
{
    [Fact]
    public async Task A_page_says_where_to_go_on()
    {
        await AppendAsync("a", "b", "c");
        var reply = await Server.GetAsync(Records + "?from=1&limit=1");
        reply.Text.ShouldBe("""{"records":[{"lsn":1,"timestamp":1795000000000,"text":"b"}],"next":2,"head":0,"tail":3,"sealed":false}""");
        reply.ContentType.ShouldBe("application/json");
        (reply.Headers["Log-Next"], reply.Headers["Log-Head"], reply.Headers["Log-Tail"]).ShouldBe(("2", "0", "3"));
        reply.Headers["Log-Stream-Id"].ShouldBe((await Server.GetAsync(Stream)).Json.GetProperty("id").GetString());
        reply.Headers["Cache-Control"].ShouldBe("no-store");
        reply.Headers["Vary"].ShouldBe("Accept");
        reply.Headers["X-Content-Type-Options"].ShouldBe("nosniff");
    }

    [Fact]
    public async Task A_read_starts_where_it_is_told_to()
    {
        await Server.PostAsync(Records, Body.Json("""{"records":[{"text":"10","timestamp":10},{"text":"20","timestamp":20},{"text":"30","timestamp":30}]}"""));
        await Server.PostAsync(Stream + "/trim", Body.Json("""{"before":1}"""));
        Texts((await Server.GetAsync(Records)).Json).ShouldBe(["20", "30"]);
        Texts((await Server.GetAsync(Records + "?from=2")).Json).ShouldBe(["30"]);
        Texts((await Server.GetAsync(Records + "?from=3")).Json).ShouldBeEmpty();
        Texts((await Server.GetAsync(Records + "?from=0&clamp")).Json).ShouldBe(["20", "30"]);
        Texts((await Server.GetAsync(Records + "?from=99&clamp=true")).Json).ShouldBeEmpty();
        Texts((await Server.GetAsync(Records + "?since=21")).Json).ShouldBe(["30"]);
        Texts((await Server.GetAsync(Records + "?last=1")).Json).ShouldBe(["30"]);
        Texts((await Server.GetAsync(Records + "?last=0")).Json).ShouldBeEmpty();
        Texts((await Server.GetAsync(Records + "?until=30")).Json).ShouldBe(["20"]);
        Texts((await Server.GetAsync(Records + "?max_bytes=1")).Json).ShouldBe(["20"]);
        (await Server.GetAsync(Records + "?from=4")).ShouldBeProblem(416, "unwritten").GetProperty("tail").GetInt64().ShouldBe(3);
        (await Server.GetAsync(Records + "?from=0")).ShouldBeProblem(410, "trimmed").GetProperty("head").GetInt64().ShouldBe(1);
        (await Server.GetAsync(Records + "?from=0&clamp=false")).ShouldBeProblem(410, "trimmed");
    }

    [Theory]
    [InlineData("from=-1")]
    [InlineData("from=+1")]
    [InlineData("from=%2B1")]
    [InlineData("from=")]
    [InlineData("from=0x10")]
    [InlineData("from=1.0")]
    [InlineData("from=1e3")]
    [InlineData("from=9007199254740992")]
    [InlineData("from=18446744073709551616")]
    [InlineData("from=99999999999999999999999999999999")]
    [InlineData("from=%D9%A3")]
    [InlineData("from=1&from=1")]
    [InlineData("from=1&since=1")]
    [InlineData("from=1&last=1")]
    [InlineData("limit=0")]
    [InlineData("limit=10001")]
    [InlineData("max_bytes=0")]
    [InlineData("max_bytes=4194305")]
    [InlineData("wait=31")]
    [InlineData("wait=0.5")]
    [InlineData("clamp=yes")]
    [InlineData("as=xml")]
    [InlineData("form=1")]
    public async Task A_bad_parameter_is_refused(string query) => (await Server.GetAsync($"{Records}?{query}")).ShouldBeProblem(400, "bad_request");

    [Fact]
    public async Task Payloads_come_in_the_form_that_can_hold_them()
    {
        await Server.PostAsync(Records, Body.Text("{\"a\":\t1}\n{\"a\":\nnot json"));
        await Server.PostAsync(Records, Body.Octets(0xFF));
        await Server.PostAsync(Records, Body.Octets("{\"a\":\r\n[1,\n\"x\\n\"]}"u8.ToArray()));
        await Server.PostAsync(Records, Body.Octets());
        static string[] Members(Reply reply) =>
            [.. reply.Json.GetProperty("records").EnumerateArray().Select(record => record.EnumerateObject().Last().Name)];

        Members(await Server.GetAsync(Records)).ShouldBe(["text", "text", "text", "base64", "text", "text"]);
        Members(await Server.GetAsync(Records + "?as=base64")).ShouldAllBe(name => name == "base64");
        var json = await Server.GetAsync(Records + "?as=json");
        Members(json).ShouldBe(["json", "text", "text", "base64", "json", "text"]);
        json.Text.ShouldContain("""{"a":  [1, "x\n"]}""");
        json.Text.ShouldNotContain("\n");
    }

    [Theory]
    [InlineData("\"\\ud800\"", "text")]
    [InlineData("\"\\udc00\"", "text")]
    [InlineData("\"\\udc00\\ud800\"", "text")]
    [InlineData("\"\\ud800\\ud800\\udc00\"", "text")]
    [InlineData("\"\\ud800\\n\\udc00\"", "text")]
    [InlineData("\"\\uD800x\"", "text")]
    [InlineData("{\"\\ud800\":1}", "text")]
    [InlineData("[1,[\"\\ud800\"]]", "text")]
    [InlineData("1e400", "text")]
    [InlineData("[-1E+999]", "text")]
    [InlineData("\"\\ud83d\\ude00\"", "json")]
    [InlineData("\"\\\\ud800\"", "json")]
    [InlineData("{\"\\uD83D\\uDE00\\u0000\":\"\\uffff\"}", "json")]
    [InlineData("1e308", "json")]
    [InlineData("-0.0e-999", "json")]
    public async Task Json_that_some_parsers_refuse_comes_as_text(string payload, string expected)
    {
        (await Server.PostAsync(Records, Body.Json($"{{\"records\":[{{\"json\":{payload}}}]}}"))).Status.ShouldBe(200);
        var record = (await Server.GetAsync(Records + "?as=json")).Json.GetProperty("records")[0];
        var value = record.GetProperty(expected);
        (expected == "text" ? value.GetString() : value.GetRawText()).ShouldBe(payload);
    }

    [Fact]
    public async Task Nesting_and_numbers_beyond_common_bounds_come_as_text()
    {
        static string Nested(int depth) => new string('[', depth) + new string(']', depth);
        var payloads = new[] { Nested(60), Nested(61), Nested(64), Nested(5_000), new('1', 300), "0." + new string('1', 998), "0." + new string('1', 999) };
        foreach (var payload in payloads)
            await Server.PostAsync(Records, Body.Octets(System.Text.Encoding.ASCII.GetBytes(payload)));

        foreach (var accept in new[] { "application/json", "application/x-ndjson", "text/event-stream" })
        {
            await using var events = accept == "text/event-stream" ? await EventReader.OpenAsync(Server, Records + "?as=json&limit=7") : null;
            var records = events is not null
                ? await RecordsAsync(events, 7)
                : accept == "application/json"
                    ? [.. (await Server.GetAsync(Records + "?as=json")).Json.GetProperty("records").EnumerateArray()]
                    : (await Server.GetAsync(Records + "?as=json", ("Accept", accept))).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                        .Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement).ToArray();
            records.Select(record => record.EnumerateObject().Last().Name).ShouldBe(["json", "text", "text", "text", "json", "json", "text"], accept);
        }
    }

    [Fact]
    public async Task As_lines_every_record_is_one()
    {
        await AppendAsync("a", "b");
        await Server.PostAsync(Records, Body.Octets("[1,\n2]"u8.ToArray()));
        var reply = await Server.GetAsync(Records + "?as=json", ("Accept", "application/x-ndjson"));
        reply.ContentType.ShouldBe("application/x-ndjson");
        reply.Text.ShouldBe(
            """{"lsn":0,"timestamp":1795000000000,"text":"a"}""" + "\n"
            + """{"lsn":1,"timestamp":1795000000000,"text":"b"}""" + "\n"
            + """{"lsn":2,"timestamp":1795000000000,"json":[1, 2]}""" + "\n");
        reply.Headers["Log-Next"].ShouldBe("3");
    }

    [Fact]
    public async Task As_octets_one_record_comes_raw()
    {
        await Server.PostAsync(Records, Body.Octets(1, 2, 255));
        var reply = await Server.GetAsync(Records + "?from=0", ("Accept", "application/octet-stream"));
        reply.Bytes.ShouldBe([1, 2, 255]);
        (reply.Headers["Log-Lsn"], reply.Headers["Log-Timestamp"], reply.Headers["Log-Next"]).ShouldBe(("0", "1795000000000", "1"));
        (await Server.GetAsync(Records + "?from=1", ("Accept", "application/octet-stream"))).Status.ShouldBe(204);
        (await Server.GetAsync(Records + "?limit=2", ("Accept", "application/octet-stream"))).ShouldBeProblem(400, "bad_request");
        (await Server.GetAsync(Records + "?as=text", ("Accept", "application/octet-stream"))).ShouldBeProblem(400, "bad_request");
    }

    [Fact]
    public async Task As_frames_an_empty_page_says_where_it_is()
    {
        await AppendAsync("a");
        var reply = await Server.GetAsync(Records + "?from=1", ("Accept", "application/vnd.orleans-log.frames"));
        var reader = FrameReader.OpenPage(new ReadOnlySequence<byte>(reply.Bytes), out var page);
        page.ShouldBe(new FramePage(0, 1, 1, 0, 1, Sealed: false));
        reader.TryRead(out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData(null, "application/json")]
    [InlineData("*/*", "application/json")]
    [InlineData("application/*", "application/json")]
    [InlineData("text/*", "text/event-stream")]
    [InlineData("application/x-ndjson;q=0.5, application/json;q=0.4", "application/x-ndjson")]
    [InlineData("text/html, application/json;q=0.9", "application/json")]
    [InlineData("Application/JSON", "application/json")]
    public async Task The_form_is_what_the_caller_prefers(string? accept, string expected)
    {
        await AppendAsync("a");
        await Server.PostAsync(Stream + "/seal", null);
        var reply = accept is null ? await Server.GetAsync(Records) : await Server.GetAsync(Records, ("Accept", accept));
        reply.ContentType.ShouldBe(expected);
    }

    [Fact]
    public async Task What_cannot_be_given_is_not_acceptable()
    {
        var problem = (await Server.GetAsync(Records, ("Accept", "text/html"))).ShouldBeProblem(406, "unsupported_media");
        problem.GetProperty("reason").GetString().ShouldBe("not_acceptable");
        (await Server.GetAsync(Records, ("Accept", "application/json;q=0"))).ShouldBeProblem(406, "unsupported_media");
    }

    [Fact]
    public async Task A_wait_ends_with_the_record_that_was_waited_for()
    {
        // Not the 30 s that a change may take: the timer of the one before may still be there.
        var armed = Time.TimerArmedAsync(TimeSpan.FromSeconds(29));
        var read = Server.GetAsync(Records + "?from=0&wait=29");
        await armed;
        read.IsCompleted.ShouldBeFalse();
        await AppendAsync("a");
        Texts((await read).Json).ShouldBe(["a"]);
    }

    [Fact]
    public async Task A_wait_that_is_over_gives_an_empty_page()
    {
        var armed = Time.TimerArmedAsync(TimeSpan.FromSeconds(3));
        var read = Server.GetAsync(Records + "?from=0&wait=3");
        await armed;
        Time.Advance(TimeSpan.FromSeconds(3));
        (await read).Text.ShouldBe("""{"records":[],"next":0,"head":0,"tail":0,"sealed":false}""");
    }

    [Fact]
    public async Task A_wait_does_not_hold_up_a_server_that_stops()
    {
        var armed = Time.TimerArmedAsync(TimeSpan.FromSeconds(29));
        var read = Server.GetAsync(Records + "?from=0&wait=29");
        await armed;
        var stop = Server.StopAsync();
        (await read).ShouldBeProblem(503, "draining");
        await stop.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_page_as_large_as_pages_get_arrives_whole()
    {
        var record = new byte[Limits.RecordBytes - 64];
        for (var i = 0; i < 4; i++)
            await Server.PostAsync(Records, Body.Octets([.. record, (byte)i]));

        foreach (var accept in new[] { "application/json", "application/x-ndjson", "application/vnd.orleans-log.frames" })
        {
            var reply = await Server.GetAsync(Records + "?max_bytes=4194304", ("Accept", accept));
            reply.Status.ShouldBe(200);
            reply.Headers["Log-Next"].ShouldBe("4");
            reply.Bytes.Length.ShouldBeGreaterThan(4 * record.Length);
        }
    }

    /// <summary>The first records of an event stream, of as many events as they come in.</summary>
    private static async Task<System.Text.Json.JsonElement[]> RecordsAsync(EventReader events, int count)
    {
        var records = new List<System.Text.Json.JsonElement>();
        while (records.Count < count)
            records.AddRange((await events.NextAsync())!.Data.GetProperty("records").EnumerateArray());

        return [.. records];
    }
}
