using System.Net;
using System.Text;
using System.Text.Json;
using Orleans.Log.Testing.Conformance;

namespace Orleans.Log.Api.Endpoints.Tests.Scenarios;

/// <summary>NDJSON: any number of records in, acknowledged batch by batch.</summary>
public abstract class LineScenarios<TFactory> : EndpointScenarios<TFactory>
    where TFactory : ILogServiceFactory, new()
{
    [Fact]
    public async Task Lines_are_appended_in_order_and_acknowledged_without_gaps()
    {
        var count = 30_000;
        var reply = await Server.PostAsync(Records, Body.Lines(string.Concat(Enumerable.Range(0, count).Select(i => $"{{\"text\":\"{i}\"}}\n"))));
        reply.Status.ShouldBe(200);
        reply.ContentType.ShouldBe("application/x-ndjson");
        long next = 0;
        foreach (var ack in Lines(reply))
        {
            ack.GetProperty("start").GetInt64().ShouldBe(next);
            next = ack.GetProperty("end").GetInt64();
        }

        next.ShouldBe(count);
        (await AllAsync()).Select(Encoding.UTF8.GetString).ShouldBe(Enumerable.Range(0, count).Select(i => $"{i}"));
    }

    [Theory]
    [InlineData("{\"text\":\"a\"}\r\n\n{\"text\":\"b\"}", 2)]
    [InlineData("{\"text\":\"a\"}\n\r\n", 1)]
    [InlineData("", 0)]
    [InlineData("\n\n\r\n", 0)]
    public async Task The_last_line_needs_no_end_and_empty_lines_are_no_records(string body, int records)
    {
        var reply = await Server.PostAsync(Records, Body.Lines(body));
        reply.Status.ShouldBe(200, reply.Text);
        (await TailAsync()).ShouldBe(records);
    }

    [Fact]
    public async Task A_lone_line_is_acknowledged_while_the_upload_goes_on()
    {
        await using var upload = await OpenUpload.StartAsync(Server, Records, "application/x-ndjson");
        await upload.SendAsync("{\"text\":\"a\"}\n{\"text\":\"b");
        (await upload.LineAsync()).ShouldBe("""{"start":0,"end":1,"tail":1,"duplicate":false}""");
        await upload.SendAsync("b\"}\n");
        (await upload.LineAsync()).ShouldBe("""{"start":1,"end":2,"tail":2,"duplicate":false}""");
        await upload.EndAsync();
        (await upload.LineAsync()).ShouldBeNull();
    }

    [Theory]
    [InlineData("not json", 400, "bad_request")]
    [InlineData("{\"text\":\"x\"} {\"text\":\"y\"}", 400, "bad_request")]
    [InlineData("{\"text\":\"x\",\"unknown\":1}", 400, "bad_request")]
    [InlineData("{\"text\":\"x\",\"base64\":\"\"}", 422, "bad_record")]
    [InlineData("{}", 422, "bad_record")]
    public async Task A_bad_first_line_is_a_plain_problem(string line, int status, string code)
    {
        (await Server.PostAsync(Records, Body.Lines(line + "\n{\"text\":\"never\"}\n"))).ShouldBeProblem(status, code).GetProperty("line").GetInt64().ShouldBe(1);
        (await TailAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_bad_later_line_ends_it_and_everything_before_is_acknowledged()
    {
        var reply = await Server.PostAsync(Records, Body.Lines("{\"text\":\"a\"}\n\n{\"text\":\"b\"}\n{\"text\":\n{\"text\":\"never\"}\n"));
        reply.Status.ShouldBe(200);
        var lines = Lines(reply);
        lines[^2].GetProperty("end").GetInt64().ShouldBe(2);
        var problem = lines[^1].GetProperty("problem");
        problem.GetProperty("code").GetString().ShouldBe("bad_request");
        problem.GetProperty("line").GetInt64().ShouldBe(4);
        (await AllAsync()).Select(Encoding.UTF8.GetString).ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task The_first_batch_that_fails_ends_it()
    {
        var appends = 0;
        Server.Log.OnAppend = _ => ++appends == 2 ? throw new LogException(LogErrorCode.Overloaded, "Later.") : Task.CompletedTask;
        await using var upload = await OpenUpload.StartAsync(Server, Records, "application/x-ndjson");
        await upload.SendAsync("{\"text\":\"a\"}\n");
        (await upload.LineAsync()).ShouldBe("""{"start":0,"end":1,"tail":1,"duplicate":false}""");
        await upload.SendAsync("{\"text\":\"b\"}\n");
        var problem = JsonDocument.Parse((await upload.LineAsync())!).RootElement.GetProperty("problem");
        (problem.GetProperty("code").GetString(), problem.GetProperty("line").GetInt64(), problem.GetProperty("side_effects").GetString())
            .ShouldBe(("overloaded", 2, "none"));
        (await upload.LineAsync()).ShouldBeNull();
        appends.ShouldBe(2);
        (await TailAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task While_a_batch_is_in_flight_the_next_one_fills()
    {
        var sizes = new List<int>();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Server.Log.OnAppend = count =>
        {
            sizes.Add(count);
            first.TrySetResult();
            return gate.Task;
        };
        await using var upload = await OpenUpload.StartAsync(Server, Records, "application/x-ndjson");
        await upload.SendAsync("{\"text\":\"a\"}\n");
        await first.Task.WaitAsync(TimeSpan.FromSeconds(20));
        for (var i = 0; i < 10; i++)
            await upload.SendAsync("{\"text\":\"b\"}\n");

        await upload.EndAsync();
        gate.SetResult();
        long acknowledged = 0;
        while (await upload.LineAsync() is { } line)
            acknowledged = JsonDocument.Parse(line).RootElement.GetProperty("end").GetInt64();

        acknowledged.ShouldBe(11);
        sizes[0].ShouldBe(1);
        sizes.Sum().ShouldBe(11);
    }

    [Fact]
    public async Task A_batch_in_flight_is_acknowledged_before_the_failure_of_what_follows()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Server.Log.OnAppend = _ =>
        {
            first.TrySetResult();
            return gate.Task;
        };
        await using var upload = await OpenUpload.StartAsync(Server, Records, "application/x-ndjson");
        await upload.SendAsync("{\"text\":\"a\"}\n");
        await first.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await upload.WriteAsync("no chunk\r\n");
        gate.SetResult();
        (await upload.LineAsync()).ShouldBe("""{"start":0,"end":1,"tail":1,"duplicate":false}""");
        var problem = JsonDocument.Parse((await upload.LineAsync())!).RootElement.GetProperty("problem");
        (problem.GetProperty("code").GetString(), problem.GetProperty("line").GetInt64()).ShouldBe(("bad_request", 2));
    }

    [Fact]
    public async Task An_expected_tail_holds_for_every_batch_in_turn()
    {
        await using var upload = await OpenUpload.StartAsync(Server, Records, "application/x-ndjson", ("If-Match", "\"0\""));
        await upload.SendAsync("{\"text\":\"a\"}\n");
        (await upload.LineAsync()).ShouldNotBeNull();
        await upload.SendAsync("{\"text\":\"b\"}\n");
        (await upload.LineAsync()).ShouldNotBeNull();
        await AppendAsync("somebody else");
        await upload.SendAsync("{\"text\":\"c\"}\n");
        JsonDocument.Parse((await upload.LineAsync())!).RootElement.GetProperty("problem").GetProperty("code").GetString().ShouldBe("append_condition_failed");
        (await TailAsync()).ShouldBe(3);
    }

    [Fact]
    public async Task A_producer_stamp_names_one_batch_and_is_refused() =>
        (await Server.PostAsync(Records, Body.Lines("{\"text\":\"a\"}"), ("Producer-Id", "p"), ("Producer-Epoch", "0"), ("Producer-Seq", "0")))
            .ShouldBeProblem(400, "bad_request");

    [Fact]
    public async Task A_line_without_end_is_refused_before_it_fills_memory()
    {
        var reply = await Server.PostAsync(Records, Body.Lines("{\"text\":\"" + new string('x', 9 * 1024 * 1024)));
        reply.ShouldBeProblem(413, "too_large");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rest_of_a_refused_upload_is_discarded(bool chunked)
    {
        var rest = string.Concat(Enumerable.Repeat("{\"text\":\"b\"}\n", 200_000));
        const string first = "{\"text\":\"a\"}\n";
        var length = (first.Length + rest.Length).ToString(System.Globalization.CultureInfo.InvariantCulture);
        await using var upload = chunked
            ? await OpenUpload.StartAsync(Server, Records, "application/x-ndjson")
            : await OpenUpload.StartAsync(Server, Records, "application/x-ndjson", ("Content-Length", length));

        // The server waits for more when the refusal comes: what it waits with must not stand in the way of discarding.
        (await Server.PostAsync(Stream + "/seal", null)).Status.ShouldBe(200);
        await (chunked ? upload.SendAsync(first) : upload.WriteAsync(first));
        await upload.StatusAsync();
        upload.StatusLine.ShouldBe("HTTP/1.1 409 Conflict");
        await (chunked ? upload.SendAsync(rest) : upload.WriteAsync(rest));
        if (chunked)
            await upload.EndAsync();

        // The connection is as good as before.
        (await upload.LineAsync())!.ShouldContain("stream_sealed");
        await upload.WriteAsync("GET /v1/streams HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await upload.StatusAsync();
        upload.StatusLine.ShouldBe("HTTP/1.1 200 OK");
        Server.Errors.All.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_upload_that_idles_does_not_hold_up_a_server_that_stops()
    {
        await using var upload = await OpenUpload.StartAsync(Server, Records, "application/x-ndjson");
        await upload.SendAsync("{\"text\":\"a\"}\n");
        (await upload.LineAsync()).ShouldNotBeNull();
        var stop = Server.StopAsync();
        JsonDocument.Parse((await upload.LineAsync())!).RootElement.GetProperty("problem").GetProperty("code").GetString().ShouldBe("draining");
        (await upload.LineAsync()).ShouldBeNull();

        // The server lets the caller finish what it is sending, but not forever.
        await Time.TimerArmedAsync(TimeSpan.FromSeconds(5));
        Time.Advance(TimeSpan.FromSeconds(5));
        await stop.WaitAsync(TimeSpan.FromSeconds(20));
    }

    private static List<JsonElement> Lines(Reply reply) =>
        [.. reply.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
}
