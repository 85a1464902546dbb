using Orleans.Log.Testing.Conformance;

namespace Orleans.Log.Api.Endpoints.Tests.Scenarios;

/// <summary>Every error has its problem.</summary>
public abstract class ProblemScenarios<TFactory> : EndpointScenarios<TFactory>
    where TFactory : ILogServiceFactory, new()
{
    [Fact]
    public void The_table_has_every_code() => ProblemCases.Table.Count.ShouldBe(LogErrors.All.Count);

    [Theory]
    [MemberData(nameof(ProblemCases.Table), MemberType = typeof(ProblemCases))]
    public async Task Every_code_has_its_status_and_says_when_to_come_back(LogErrorCode code, int status, int? retryAfter)
    {
        Server.Log.OnAppend = _ => throw new LogException(code, "Because.");
        var reply = await Server.PostAsync(Records, Body.Text("x"));
        reply.ShouldBeProblem(status, LogErrors.WireName(code));
        reply.Headers.GetValueOrDefault("Retry-After").ShouldBe(retryAfter?.ToString(System.Globalization.CultureInfo.InvariantCulture));

        // 429 and 503 are promises: nothing was ordered.
        if (status is 429 or 503)
            LogErrors.SideEffectsOf(code).ShouldBe(SideEffects.None);
    }

    [Fact]
    public async Task The_facts_of_an_error_are_its_members()
    {
        var facts = new LogErrorFacts(1, 2, 3, 4, 5, 6, 7, "bytes", 8, "why", 9);
        Server.Log.OnAppend = _ => throw new LogException(LogErrorCode.TooManyInFlight, "Because.", facts);
        var problem = (await Server.PostAsync(Records, Body.Text("x"))).ShouldBeProblem(429, "too_many_in_flight");
        problem.GetProperty("detail").GetString().ShouldBe("Because.");
        problem.GetProperty("instance").GetString().ShouldBe(Records);
        foreach (var (member, value) in new (string, long)[] { ("tail", 1), ("head", 2), ("expected_tail", 3), ("expected", 4), ("received", 5), ("epoch", 6), ("limit", 7), ("config_version", 8), ("next", 9) })
            problem.GetProperty(member).GetInt64().ShouldBe(value, member);

        (problem.GetProperty("unit").GetString(), problem.GetProperty("reason").GetString()).ShouldBe(("bytes", "why"));
    }

    [Fact]
    public async Task A_defect_tells_its_story_to_the_log_only()
    {
        Server.Log.OnAppend = _ => throw new InvalidOperationException("secret");
        var reply = await Server.PostAsync(Records, Body.Text("x"));
        var problem = reply.ShouldBeProblem(500, "internal");
        reply.Text.ShouldNotContain("secret");
        reply.Text.ShouldNotContain("InvalidOperation");
        Server.Errors.All.ShouldHaveSingleItem().ShouldContain("secret");
        problem.GetProperty("side_effects").GetString().ShouldBe("possible");
    }

    [Fact]
    public async Task A_defect_that_calls_itself_one_is_not_told_either()
    {
        Server.Log.OnAppend = _ => throw new LogException(LogErrorCode.Internal, "secret");
        (await Server.PostAsync(Records, Body.Text("x"))).Text.ShouldNotContain("secret");
        Server.Errors.All.ShouldHaveSingleItem().ShouldContain("secret");
    }

    [Fact]
    public async Task An_append_whose_outcome_does_not_come_is_timed_out()
    {
        var never = new TaskCompletionSource();
        await AppendTimesOutAsync(never);
        never.SetResult();
    }

    [Fact]
    public async Task An_append_has_its_full_time_although_the_one_before_used_up_some_of_its_own()
    {
        // The first one leaves its wait, and that wait's timer, to the second.
        var (first, second) = (new TaskCompletionSource(), new TaskCompletionSource());
        Server.Log.OnAppend = _ => first.Task;
        var armed = Time.NextTimerArmedAsync(TimeSpan.FromSeconds(30));
        var append = Server.PostAsync(Records, Body.Text("x"));
        await armed;
        Time.Advance(TimeSpan.FromSeconds(20));
        first.SetResult();
        (await append).Status.ShouldBe(200);

        var ordered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Server.Log.OnAppend = _ =>
        {
            ordered.SetResult();
            return second.Task;
        };
        append = Server.PostAsync(Records, Body.Text("y"));
        await ordered.Task;
        Time.Advance(TimeSpan.FromSeconds(20));
        second.SetResult();
        (await append).Status.ShouldBe(200, "it took 20 s, the two together 40 s");
    }

    [Fact]
    public async Task An_outcome_that_comes_too_late_is_not_that_of_another_append()
    {
        var (late, never) = (new TaskCompletionSource(), new TaskCompletionSource());
        await AppendTimesOutAsync(late);
        await AppendTimesOutAsync(never, meanwhile: late.SetResult);
        never.SetResult();
    }

    [Theory]
    [InlineData("GET", "/")]
    [InlineData("GET", "/v1")]
    [InlineData("GET", "/v1/streams/a/b/c")]
    [InlineData("GET", "/v1/streams/orders/snapshot")]
    [InlineData("GET", "/v2/streams")]
    [InlineData("POST", "/nowhere")]
    public async Task A_path_that_is_none_of_ours_is_a_problem(string method, string path)
    {
        var problem = (await Server.SendAsync(method, path)).ShouldBeProblem(404, "bad_request");
        problem.GetProperty("reason").GetString().ShouldBe("no_such_route");
    }

    [Theory]
    [InlineData("POST", "/v1/streams", "GET")]
    [InlineData("POST", "/v1/streams/orders", "DELETE, GET, HEAD, PATCH, PUT")]
    [InlineData("PUT", "/v1/streams/orders/records", "GET, POST")]
    [InlineData("GET", "/v1/streams/orders/trim", "POST")]
    [InlineData("TRACE", "/v1/streams/orders/tail", "GET")]
    public async Task A_method_that_the_path_does_not_take_is_a_problem_that_names_those_it_does(string method, string path, string allow)
    {
        var reply = await Server.SendAsync(method, path);
        reply.ShouldBeProblem(405, "bad_request").GetProperty("reason").GetString().ShouldBe("method_not_allowed");
        reply.Headers["Allow"].Split(", ").Order(StringComparer.Ordinal).ShouldBe(allow.Split(", "));
    }

    /// <summary>An append that has no outcome when its time is over.</summary>
    private async Task AppendTimesOutAsync(TaskCompletionSource outcome, Action? meanwhile = null)
    {
        Server.Log.OnAppend = _ => outcome.Task;
        var armed = Time.NextTimerArmedAsync(TimeSpan.FromSeconds(30));
        var append = Server.PostAsync(Records, Body.Text("x"));
        await armed;
        meanwhile?.Invoke();
        Time.Advance(TimeSpan.FromSeconds(30));
        (await append).ShouldBeProblem(504, "timed_out");
    }
}
