using System.Buffers;
using Orleans.Log.Api.Contracts.Frames;
using Orleans.Log.Api.Contracts.Sessions;
using Orleans.Log.Testing.Conformance;

namespace Orleans.Log.Api.Endpoints.Tests.Scenarios;

/// <summary>Appender sessions whose callers keep to the rules.</summary>
public abstract class SessionScenarios<TFactory> : EndpointScenarios<TFactory>
    where TFactory : ILogServiceFactory, new()
{
    private const string Session = Stream + "/session";

    private static readonly (string, string)[] Producer = [("Producer-Id", "p"), ("Producer-Epoch", "0")];

    protected override void Configure(OrleansLogEndpointOptions options) => options.MaxSessions = 2;

    [Fact]
    public async Task Appends_are_answered_in_their_order_however_they_were_cut_on_the_way()
    {
        await using var session = await RawSession.OpenAsync(Server, Session, Producer);
        session.Welcome.MaxInFlight.ShouldBe(1024);
        session.Welcome.StreamId.ShouldBe((await Server.GetAsync(Stream)).Json.GetProperty("id").GetString());
        byte[] frames = [.. RawSession.Append(0, null, "a", "b"), .. RawSession.Append(1, 2, "c"), .. RawSession.Append(2, null, "d", "e")];

        foreach (var piece in frames.Chunk(7))
            await session.SendAsync(piece);

        await ShouldAnswerAsync(session, "0: 0-2", "1: 2-3", "2: 3-5");
        Texts((await Server.GetAsync(Records)).Json).ShouldBe(["a", "b", "c", "d", "e"]);
    }

    [Fact]
    public async Task A_thousand_appends_are_under_way_at_once_and_keep_their_order()
    {
        await using var session = await RawSession.OpenAsync(Server, Session, Producer);
        const int appends = 3_000;

        var sending = session.SendAsync([.. Enumerable.Range(0, appends).SelectMany(i => RawSession.Append(i, null, $"{i}"))]);
        for (var i = 0; i < appends; i++)
            (await session.NextAsync())!.Text.ShouldBe($"{i}: {i}-{i + 1}");

        await sending;
        (await AllAsync()).Select(System.Text.Encoding.UTF8.GetString).ShouldBe(Enumerable.Range(0, appends).Select(i => $"{i}"));
    }

    [Fact]
    public async Task A_refused_append_leaves_the_session_open_and_a_producers_later_ones_do_not_slip_in_before_it()
    {
        await using var session = await RawSession.OpenAsync(Server, Session, Producer);

        // So much later that nobody holds it back in case those between are only late.
        await session.SendAsync([.. RawSession.Append(0, null, "a"), .. RawSession.Append(1, 7, "b"), .. RawSession.Append(9, null, "c")]);
        await ShouldAnswerAsync(session, "0: 0-1", "1: append_condition_failed", "2: producer_gap");

        await session.SendAsync([.. RawSession.Append(1, 1, "b"), .. RawSession.Append(1, 1, "b")]);
        await ShouldAnswerAsync(session, "3: 1-2", "4: 1-2 again");
        (await TailAsync()).ShouldBe(2);
    }

    [Fact]
    public async Task Timestamp_from_the_future_costs_its_own_batch_only()
    {
        await using var session = await RawSession.OpenAsync(Server, Session);
        var future = new ArrayBufferWriter<byte>();
        FrameWriter.WriteAppend(future, 1);
        FrameWriter.WriteRecord(future, timestamp: 1_795_000_000_000_000, headerCount: 0, contentBytes: 0);

        await session.SendAsync([.. RawSession.Append(null, null, "a"), .. RawSession.Append(null, null, future.WrittenSpan), .. RawSession.Append(null, null, "b")]);

        await ShouldAnswerAsync(session, "0: 0-1", "1: bad_record", "2: 1-2");
    }

    [Fact]
    public async Task A_refusal_says_all_that_a_problem_says()
    {
        await using var session = await RawSession.OpenAsync(Server, Session);

        await session.SendAsync(RawSession.Append(null, 7, "a"));

        var problem = (await session.NextAsync())!.Problem;
        (problem.GetProperty("status").GetInt32(), problem.GetProperty("retryable").GetBoolean(), problem.GetProperty("side_effects").GetString()).ShouldBe((412, false, "none"));
        (problem.GetProperty("expected_tail").GetInt32(), problem.GetProperty("tail").GetInt32()).ShouldBe((7, 0));
        problem.GetProperty("instance").GetString().ShouldBe(Session);
    }

    [Fact]
    public async Task What_was_sent_before_the_connection_broke_is_there_once_when_it_is_sent_again()
    {
        var first = await RawSession.OpenAsync(Server, Session, Producer);
        var third = RawSession.Append(2, null, "c");
        await first.SendAsync([.. RawSession.Append(0, null, "a"), .. RawSession.Append(1, null, "b"), .. third[..^1]]);
        await ShouldAnswerAsync(first, "0: 0-1", "1: 1-2");
        first.Break();

        await using var second = await RawSession.OpenAsync(Server, Session, Producer);
        await second.SendAsync([.. RawSession.Append(1, null, "b"), .. third]);

        await ShouldAnswerAsync(second, "0: 1-2 again", "1: 2-3");
        (await TailAsync()).ShouldBe(3);
    }

    [Fact]
    public async Task A_token_holds_for_every_append_and_a_fence_or_a_seal_takes_effect_in_the_middle()
    {
        await Server.PostAsync(Stream + "/fence", Body.Json("""{"token":"mine"}"""));
        await using var session = await RawSession.OpenAsync(Server, Session, ("Log-Fencing-Token", "mine"));
        await using var other = await RawSession.OpenAsync(Server, Session);

        await session.SendAsync(RawSession.Append(null, null, "a"));
        await ShouldAnswerAsync(session, "0: 0-1");
        await other.SendAsync(RawSession.Append(null, null, "b"));
        await ShouldAnswerAsync(other, "0: fenced");

        await Server.PostAsync(Stream + "/fence", Body.Json("""{"token":""}"""));
        await session.SendAsync(RawSession.Append(null, null, "c"));
        await other.SendAsync(RawSession.Append(null, null, "d"));
        await ShouldAnswerAsync(session, "1: fenced");
        await ShouldAnswerAsync(other, "1: 1-2");

        await Server.PostAsync(Stream + "/trim", Body.Json("""{"before":2}"""));
        await other.SendAsync(RawSession.Append(null, null, "e"));
        await ShouldAnswerAsync(other, "2: 2-3");
        await Server.PostAsync(Stream + "/seal", null);
        await other.SendAsync(RawSession.Append(null, null, "f"));
        await ShouldAnswerAsync(other, "3: stream_sealed");
        (await TailAsync()).ShouldBe(3);
    }

    [Fact]
    public async Task A_server_that_stops_answers_what_it_took_and_says_that_it_took_no_more()
    {
        await using var session = await RawSession.OpenAsync(Server, Session, Producer);
        var late = new TaskCompletionSource();
        var ordered = new TaskCompletionSource();
        Server.Log.OnAppend = _ =>
        {
            ordered.TrySetResult();
            return late.Task;
        };
        await session.SendAsync(RawSession.Append(0, null, "a"));
        await ordered.Task;

        var stopping = Server.StopAsync();
        late.SetResult();

        await ShouldAnswerAsync(session, "0: 0-1");
        var end = (await session.NextAsync())!;
        (end.Text, end.RetryAfter, end.Problem.GetProperty("side_effects").GetString()).ShouldBe(("1: end draining", 2, "none"));
        await session.DisposeAsync();
        await stopping;
    }

    [Fact]
    public async Task An_append_without_an_outcome_is_answered_in_time_and_holds_up_no_other()
    {
        await using var session = await RawSession.OpenAsync(Server, Session, Producer);
        var never = new TaskCompletionSource();
        var next = OrderedAsync(2, number => number == 1 ? never.Task : Task.CompletedTask);
        await session.SendAsync([.. RawSession.Append(0, null, "a"), .. RawSession.Append(1, null, "b")]);
        await next;

        Time.Advance(TimeSpan.FromSeconds(30));

        // The second one was ordered before the clock moved, too, and may or may not have been quick enough.
        await ShouldAnswerAsync(session, "0: timed_out");
        (await session.NextAsync())!.Number.ShouldBe(1);
        await session.SendAsync(RawSession.Append(2, null, "c"));
        await ShouldAnswerAsync(session, "2: 2-3");
        never.SetResult();
    }

    [Fact]
    public async Task Appends_that_were_ordered_together_run_out_of_time_together()
    {
        await using var session = await RawSession.OpenAsync(Server, Session, Producer);
        var never = new TaskCompletionSource();
        var next = OrderedAsync(4, number => number < 4 ? never.Task : Task.CompletedTask);
        await session.SendAsync([.. Enumerable.Range(0, 4).SelectMany(i => RawSession.Append(i, null, $"{i}"))]);
        await next;

        Time.Advance(TimeSpan.FromSeconds(30));

        await ShouldAnswerAsync(session, "0: timed_out", "1: timed_out", "2: timed_out");
        (await session.NextAsync())!.Number.ShouldBe(3);
        await session.SendAsync(RawSession.Append(1, null, "1"));
        await ShouldAnswerAsync(session, "4: 1-2 again");
        never.SetResult();
    }

    [Fact]
    public async Task One_session_too_many_is_told_to_come_again_and_its_place_is_free_when_another_ends()
    {
        await using var first = await RawSession.OpenAsync(Server, Session);
        await using var second = await RawSession.OpenAsync(Server, Session);
        var third = await RawSession.OpenAsync(Server, Session);
        third.Status.ShouldBe(503);

        second.Break();
        do
            third = await RawSession.OpenAsync(Server, Session);
        while (third.Status == 503);

        await third.SendAsync(RawSession.Append(null, null, "a"));
        await ShouldAnswerAsync(third, "0: 0-1");
        await third.DisposeAsync();
    }

    /// <summary>Lets the log hold appends up by their number, from 1; ends when the log has got that many, and so has the session all before it.</summary>
    private Task OrderedAsync(int count, Func<int, Task> hold)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ordered = 0;
        Server.Log.OnAppend = _ =>
        {
            var number = ++ordered;
            if (number == count)
                reached.SetResult();

            return hold(number);
        };
        return reached.Task;
    }

    private static async Task ShouldAnswerAsync(RawSession session, params string[] answers)
    {
        foreach (var answer in answers)
            (await session.NextAsync())!.Text.ShouldBe(answer);
    }
}
