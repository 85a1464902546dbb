using Orleans.Log.Testing.Conformance;

namespace Orleans.Log.Api.Endpoints.Tests.Scenarios;

/// <summary>Tail, trim, fence and seal.</summary>
public abstract class CommandScenarios<TFactory> : EndpointScenarios<TFactory>
    where TFactory : ILogServiceFactory, new()
{
    [Fact]
    public async Task The_tail_says_where_the_stream_stands()
    {
        (await Server.GetAsync(Stream + "/tail")).Text.ShouldBe("""{"head":0,"tail":0,"sealed":false}""");
        await AppendAsync("a");
        var tail = await Server.GetAsync(Stream + "/tail");
        tail.Text.ShouldBe("""{"head":0,"tail":1,"sealed":false,"last_timestamp":1795000000000}""");
        tail.Headers["Log-Tail"].ShouldBe("1");
        tail.Headers["Cache-Control"].ShouldBe("no-store");
        (await Server.GetAsync("/v1/streams/none/tail")).ShouldBeProblem(404, "stream_not_found");
    }

    [Fact]
    public async Task Trim_moves_the_head()
    {
        await AppendAsync("a", "b", "c");
        (await Server.PostAsync(Stream + "/trim", Body.Json("""{"before":2}"""))).Text.ShouldBe("""{"position":3,"head":2,"tail":3,"sealed":false}""");
        (await Server.PostAsync(Stream + "/trim", Body.Json("""{"before":9}"""))).ShouldBeProblem(416, "unwritten").GetProperty("tail").GetInt64().ShouldBe(3);
        (await Server.GetAsync(Records + "?from=1")).ShouldBeProblem(410, "trimmed").GetProperty("head").GetInt64().ShouldBe(2);
        Texts((await Server.GetAsync(Records)).Json).ShouldBe(["c"]);
    }

    [Fact]
    public async Task Fence_sets_the_token_and_may_depend_on_the_present_one()
    {
        (await Server.PostAsync(Stream + "/fence", Body.Json("""{"token":"a","expected":""}"""))).Status.ShouldBe(200);
        (await Server.PostAsync(Stream + "/fence", Body.Json("""{"token":"b","expected":""}"""))).ShouldBeProblem(412, "fenced");
        (await Server.PostAsync(Stream + "/fence", Body.Json("""{"token":"b","expected":"a"}"""))).Status.ShouldBe(200);
        (await Server.GetAsync(Stream)).Json.GetProperty("fenced").GetBoolean().ShouldBeTrue();
        (await Server.PostAsync(Stream + "/fence", Body.Json("""{"token":""}"""))).Status.ShouldBe(200);
        (await Server.GetAsync(Stream)).Json.GetProperty("fenced").GetBoolean().ShouldBeFalse();
        (await Server.PostAsync(Stream + "/fence", Body.Json($$"""{"token":"{{new string('é', 33)}}"}"""))).ShouldBeProblem(413, "too_large");
    }

    [Fact]
    public async Task A_command_whose_answer_was_lost_is_sent_again_and_answered_the_same()
    {
        await AppendAsync("a", "b");
        foreach (var (command, body) in new[]
        {
            ("trim", """{"before":1}"""),
            ("fence", """{"token":"a","expected":""}"""),
            ("fence", """{"token":"","expected":"a"}"""),
            ("seal", "{}"),
        })
        {
            var first = await Server.PostAsync($"{Stream}/{command}", Body.Json(body));
            first.Status.ShouldBe(200);
            (await Server.PostAsync($"{Stream}/{command}", Body.Json(body))).Text.ShouldBe(first.Text, command);
        }
    }

    [Fact]
    public async Task Seal_ends_the_stream_for_good()
    {
        await AppendAsync("a");
        (await Server.PostAsync(Stream + "/seal", null)).Text.ShouldBe("""{"position":1,"head":0,"tail":1,"sealed":true}""");
        (await Server.PostAsync(Stream + "/seal", Body.Json("{}"))).Status.ShouldBe(200);
        (await Server.PostAsync(Records, Body.Text("x"))).ShouldBeProblem(409, "stream_sealed").GetProperty("tail").GetInt64().ShouldBe(1);
        var read = await Server.GetAsync(Records + "?from=1&wait=30");
        read.Status.ShouldBe(200);
        read.Json.GetProperty("sealed").GetBoolean().ShouldBeTrue();
        read.Headers["Log-Sealed"].ShouldBe("true");
    }

    [Theory]
    [InlineData("trim", "{}")]
    [InlineData("trim", """{"before":-1}""")]
    [InlineData("trim", """{"before":9007199254740992}""")]
    [InlineData("trim", """{"before":"1"}""")]
    [InlineData("trim", """{"before":1,"after":2}""")]
    [InlineData("trim", """{"before":0,"before":0}""")]
    [InlineData("trim", "")]
    [InlineData("fence", "{}")]
    [InlineData("fence", """{"token":null}""")]
    [InlineData("fence", """{"token":"a","expect":"b"}""")]
    [InlineData("fence", """{"token":"\udc00"}""")]
    [InlineData("seal", """{"now":true}""")]
    [InlineData("seal", "[]")]
    public async Task A_bad_command_is_refused(string command, string body) =>
        (await Server.PostAsync($"{Stream}/{command}", Body.Json(body))).ShouldBeProblem(400, "bad_request");

    [Fact]
    public async Task A_command_of_another_content_type_or_with_a_condition_is_refused()
    {
        (await Server.PostAsync(Stream + "/trim", Body.Text("""{"before":0}"""))).ShouldBeProblem(415, "unsupported_media");
        (await Server.PostAsync(Stream + "/seal", null, ("If-Match", "\"0\""))).ShouldBeProblem(400, "bad_request");
        (await Server.PostAsync(Stream + "/trim", Body.Json($$"""{"before":{{new string(' ', 200_000)}}0}"""))).ShouldBeProblem(413, "too_large");
        (await Server.PostAsync("/v1/streams/none/seal", null)).ShouldBeProblem(404, "stream_not_found");
    }
}
