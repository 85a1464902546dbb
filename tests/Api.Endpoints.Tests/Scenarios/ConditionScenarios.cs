using Orleans.Log.Testing.Conformance;

namespace Orleans.Log.Api.Endpoints.Tests.Scenarios;

/// <summary>Expected tail, fencing token and producer's stamp, in headers and bodies.</summary>
public abstract class ConditionScenarios<TFactory> : EndpointScenarios<TFactory>
    where TFactory : ILogServiceFactory, new()
{
    [Fact]
    public async Task The_expected_tail_may_stand_in_the_body_or_in_if_match()
    {
        (await Server.PostAsync(Records, Body.Json("""{"records":[{"text":"a"}],"expected_tail":0}"""))).Status.ShouldBe(200);
        (await Server.PostAsync(Records, Body.Text("b"), ("If-Match", "\"1\""))).Status.ShouldBe(200);
        (await Server.PostAsync(Records, Body.Json("""{"expected_tail":2,"records":[{"text":"c"}]}"""), ("If-Match", "\"2\""))).Status.ShouldBe(200);

        foreach (var late in new[]
        {
            await Server.PostAsync(Records, Body.Text("x"), ("If-Match", "\"2\"")),
            await Server.PostAsync(Records, Body.Json("""{"records":[{"text":"x"}],"expected_tail":2}""")),
        })
        {
            var problem = late.ShouldBeProblem(412, "append_condition_failed");
            (problem.GetProperty("expected_tail").GetInt64(), problem.GetProperty("tail").GetInt64()).ShouldBe((2, 3));
        }

        (await TailAsync()).ShouldBe(3);
    }

    [Fact]
    public async Task What_stands_in_both_places_must_agree()
    {
        (await Server.PostAsync(Records, Body.Json("""{"records":[{"text":"x"}],"expected_tail":0}"""), ("If-Match", "\"1\""))).ShouldBeProblem(400, "bad_request");
        (await Server.PostAsync(Records, Body.Json("""{"records":[{"text":"x"}],"fencing_token":"a"}"""), ("Log-Fencing-Token", "b"))).ShouldBeProblem(400, "bad_request");
        (await TailAsync()).ShouldBe(0);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("\"-1\"")]
    [InlineData("\"+1\"")]
    [InlineData("\"\"")]
    [InlineData("\" 0\"")]
    [InlineData("\"0x0\"")]
    [InlineData("\"c1\"")]
    [InlineData("*")]
    [InlineData("W/\"0\"")]
    [InlineData("\"0\", \"1\"")]
    [InlineData("\"9007199254740992\"")]
    [InlineData("\"99999999999999999999999\"")]
    public async Task An_if_match_that_is_no_tail_is_refused(string tag) =>
        (await Server.PostAsync(Records, Body.Text("x"), ("If-Match", tag))).ShouldBeProblem(400, "bad_request");

    [Fact]
    public async Task A_fencing_token_may_stand_in_the_body_or_in_its_header()
    {
        await Server.PostAsync(Stream + "/fence", Body.Json("""{"token":"me"}"""));
        (await Server.PostAsync(Records, Body.Text("x"))).ShouldBeProblem(412, "fenced");
        (await Server.PostAsync(Records, Body.Text("x"), ("Log-Fencing-Token", "you"))).ShouldBeProblem(412, "fenced").ToString().ShouldNotContain("\"me\"");
        (await Server.PostAsync(Records, Body.Text("a"), ("Log-Fencing-Token", "me"))).Status.ShouldBe(200);
        (await Server.PostAsync(Records, Body.Json("""{"records":[{"text":"b"}],"fencing_token":"me"}"""))).Status.ShouldBe(200);
        (await Server.PostAsync(Records, Body.Text("x"), ("Log-Fencing-Token", new string('t', 65)))).ShouldBeProblem(413, "too_large").GetProperty("limit").GetInt64().ShouldBe(64);
        (await TailAsync()).ShouldBe(2);
    }

    [Fact]
    public async Task A_repeated_batch_is_answered_with_its_first_positions()
    {
        (await ProduceAsync("p", "0", "0")).Text.ShouldBe("""{"start":0,"end":2,"tail":2,"duplicate":false}""");
        await AppendAsync("between");
        (await ProduceAsync("p", "0", "0")).Text.ShouldBe("""{"start":0,"end":2,"tail":3,"duplicate":true}""");

        var gap = (await ProduceAsync("p", "0", "5")).ShouldBeProblem(409, "producer_gap");
        (gap.GetProperty("expected").GetInt64(), gap.GetProperty("received").GetInt64()).ShouldBe((1, 5));
        (await ProduceAsync("p", "3", "0")).Status.ShouldBe(200);
        (await ProduceAsync("p", "0", "1")).ShouldBeProblem(403, "stale_producer_epoch").GetProperty("epoch").GetInt32().ShouldBe(3);
        (await TailAsync()).ShouldBe(5);
    }

    [Fact]
    public async Task A_repeated_batch_is_answered_behind_a_fence_and_a_seal()
    {
        (await ProduceAsync("p", "0", "0")).Status.ShouldBe(200);
        await Server.PostAsync(Stream + "/fence", Body.Json("""{"token":"another"}"""));
        (await ProduceAsync("p", "0", "0")).Text.ShouldBe("""{"start":0,"end":2,"tail":2,"duplicate":true}""");
        await Server.PostAsync(Stream + "/seal", Body.Json("{}"));
        (await ProduceAsync("p", "0", "0")).Text.ShouldBe("""{"start":0,"end":2,"tail":2,"duplicate":true}""");
        (await ProduceAsync("p", "0", "1")).ShouldBeProblem(409, "stream_sealed").GetProperty("side_effects").GetString().ShouldBe("none");
    }

    [Theory]
    [InlineData("p", "0", null)]
    [InlineData("p", null, "0")]
    [InlineData(null, "0", "0")]
    [InlineData("p", "-1", "0")]
    [InlineData("p", "2147483648", "0")]
    [InlineData("p", "0", "9007199254740992")]
    [InlineData("p", "0", "1e3")]
    [InlineData("p q", "0", "0")]
    [InlineData("p/q", "0", "0")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789", "0", "0")]
    public async Task Producer_headers_come_whole_and_within_bounds(string? id, string? epoch, string? sequence)
    {
        (await ProduceAsync(id, epoch, sequence)).ShouldBeProblem(400, "bad_request");
        (await TailAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Conditions_that_mean_nothing_are_refused() =>
        (await Server.PostAsync(Records, Body.Text("x"), ("If-None-Match", "*"))).ShouldBeProblem(400, "bad_request");

    private Task<Reply> ProduceAsync(string? id, string? epoch, string? sequence)
    {
        var headers = new List<(string, string)>();
        if (id is not null)
            headers.Add(("Producer-Id", id));
        if (epoch is not null)
            headers.Add(("Producer-Epoch", epoch));
        if (sequence is not null)
            headers.Add(("Producer-Seq", sequence));

        return Server.PostAsync(Records, Body.Text("a\nb\n"), [.. headers]);
    }
}
