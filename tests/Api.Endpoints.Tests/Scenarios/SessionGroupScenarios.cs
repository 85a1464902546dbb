using System.Text;
using Orleans.Log.Testing.Conformance;

namespace Orleans.Log.Api.Endpoints.Tests.Scenarios;

/// <summary>Batches that go to the log together: nobody may see it, but by how little it costs.</summary>
public abstract class SessionGroupScenarios<TFactory> : EndpointScenarios<TFactory>
    where TFactory : ILogServiceFactory, new()
{
    private const string Session = Stream + "/session";
    private const int Appends = 900;

    [Fact]
    public async Task What_comes_together_costs_the_log_few_appends_and_every_batch_has_its_own_positions()
    {
        var calls = 0;
        Server.Log.OnAppend = _ =>
        {
            calls++;
            return Task.CompletedTask;
        };
        await using var session = await RawSession.OpenAsync(Server, Session);

        await session.SendAsync([.. Enumerable.Range(0, Appends).SelectMany(i => RawSession.Append(null, null, [.. Enumerable.Repeat($"{i}", 1 + (i % 3))]))]);

        long tail = 0;
        for (var i = 0; i < Appends; i++)
            (await session.NextAsync())!.Text.ShouldBe($"{i}: {tail}-{tail += 1 + (i % 3)}");

        calls.ShouldBeLessThan(Appends / 4);
        (await AllAsync()).Select(Encoding.UTF8.GetString).ShouldBe(Enumerable.Range(0, Appends).SelectMany(i => Enumerable.Repeat($"{i}", 1 + (i % 3))));
    }

    [Fact]
    public async Task A_batch_with_a_condition_of_its_own_is_decided_on_its_own_in_its_place()
    {
        await using var session = await RawSession.OpenAsync(Server, Session);

        await session.SendAsync([
            .. RawSession.Append(null, null, "a"), .. RawSession.Append(null, null, "b"), .. RawSession.Append(null, 2, "c"), .. RawSession.Append(null, 2, "late"),
            .. RawSession.Append(null, null, "d"), .. RawSession.Append(null, 4, "e")]);

        foreach (var answer in new[] { "0: 0-1", "1: 1-2", "2: 2-3", "3: append_condition_failed", "4: 3-4", "5: 4-5" })
            (await session.NextAsync())!.Text.ShouldBe(answer);
        Texts((await Server.GetAsync(Records)).Json).ShouldBe(["a", "b", "c", "d", "e"]);
    }

    [Fact]
    public async Task One_batch_that_the_stream_refuses_takes_none_of_those_around_it_along()
    {
        await Server.SendAsync("PATCH", Stream, Body.Patch("""{"max_record_bytes":10}"""));
        await using var session = await RawSession.OpenAsync(Server, Session);

        await session.SendAsync([
            .. RawSession.Append(null, null, "a"), .. RawSession.Append(null, null, "b", "too long for this stream"), .. RawSession.Append(null, null, "c", "d"),
            .. RawSession.Append(null, null, Encoding.UTF8.GetBytes("no batch at all")), .. RawSession.Append(null, null, "e")]);

        foreach (var answer in new[] { "0: 0-1", "1: too_large", "2: 1-3", "3: bad_request", "4: 3-4" })
            (await session.NextAsync())!.Text.ShouldBe(answer);
        Texts((await Server.GetAsync(Records)).Json).ShouldBe(["a", "c", "d", "e"]);
    }

    [Fact]
    public Task Batches_that_are_too_much_for_now_are_all_told_so_and_none_is_tried_again() => ShouldAllBeToldAtOnceAsync(LogErrorCode.Overloaded, "overloaded", retryAfter: 1);

    [Fact]
    public Task What_may_have_happened_is_not_tried_again_one_by_one() => ShouldAllBeToldAtOnceAsync(LogErrorCode.Closed, "closed", retryAfter: 0);

    /// <summary>Lets the log fail every append, and sends many batches: each is told why, and they were not appended one by one.</summary>
    private async Task ShouldAllBeToldAtOnceAsync(LogErrorCode why, string told, int retryAfter)
    {
        var calls = 0;
        Server.Log.OnAppend = _ =>
        {
            calls++;
            throw new LogException(why, "Because.");
        };
        await using var session = await RawSession.OpenAsync(Server, Session);

        await session.SendAsync([.. Enumerable.Range(0, Appends).SelectMany(i => RawSession.Append(null, null, $"{i}"))]);

        for (var i = 0; i < Appends; i++)
        {
            var answer = (await session.NextAsync())!;
            (answer.Text, answer.RetryAfter).ShouldBe(($"{i}: {told}", retryAfter));
        }

        calls.ShouldBeLessThan(Appends / 4);
    }
}
