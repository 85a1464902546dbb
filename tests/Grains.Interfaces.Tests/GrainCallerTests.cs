using Orleans.Log.Conformance;
using Orleans.Log.Grains.Calling;
using Orleans.Log.Testing;
using Orleans.Runtime;

namespace Orleans.Log.Grains.Interfaces.Tests;

/// <summary>What callers are told when the cluster fails them, and what is tried again by itself.</summary>
public sealed class GrainCallerTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private readonly ManualTimeProvider _time = new();
    private readonly ClusterLogOptions _options = new();
    private readonly GrainCaller _caller;
    private int _calls;

    public GrainCallerTests() => _caller = new GrainCaller(_time, _options);

    public static TheoryData<Exception> NoAnswer => new(new SiloUnavailableException("gone"), new TimeoutException("late"), new OrleansException("broken"));

    [Theory]
    [MemberData(nameof(NoAnswer))]
    public async Task A_change_without_an_answer_may_have_happened_and_is_not_repeated(Exception failure)
    {
        var told = await Should.ThrowAsync<LogException>(Change(harmless: false, () => throw failure));

        (told.Code, told.SideEffects, _calls).ShouldBe((LogErrorCode.OutcomeUnknown, SideEffects.Possible, 1));
    }

    [Theory]
    [MemberData(nameof(NoAnswer))]
    public async Task A_change_that_is_harmless_to_repeat_is_repeated_until_it_is_answered(Exception failure)
    {
        var change = Change(harmless: true, () => _calls < 4 ? throw failure : 7);

        (await EndedAsync(change)).ShouldBe(7);
        _calls.ShouldBe(4);
    }

    [Fact]
    public async Task It_is_repeated_no_longer_than_it_may_be()
    {
        var begun = _time.GetUtcNow();
        var change = Change(harmless: true, () => throw new SiloUnavailableException("gone"));

        (await Should.ThrowAsync<LogException>(EndedAsync(change))).Code.ShouldBe(LogErrorCode.OutcomeUnknown);
        var longestPause = _options.RetryDelay * Retries.LargestFactor;
        (_time.GetUtcNow() - begun).ShouldBeInRange(_options.RetryFor, _options.RetryFor + longestPause + Step);
    }

    [Fact]
    public async Task A_refusal_after_an_attempt_without_an_answer_does_not_say_that_nothing_happened()
    {
        var change = Change(harmless: true, () => throw (_calls == 1 ? new TimeoutException("late") : new LogException(LogErrorCode.StreamSealed, "sealed")));

        var told = await Should.ThrowAsync<LogException>(EndedAsync(change));

        told.Code.ShouldBe(LogErrorCode.OutcomeUnknown);
        told.InnerException.ShouldBeOfType<LogException>().Code.ShouldBe(LogErrorCode.StreamSealed);
    }

    [Theory]
    [InlineData(LogErrorCode.StreamSealed)]
    [InlineData(LogErrorCode.Unavailable)]
    [InlineData(LogErrorCode.Overloaded)]
    public async Task A_refusal_is_told_at_once_as_it_is(LogErrorCode code)
    {
        (await Should.ThrowAsync<LogException>(Change(harmless: true, () => throw new LogException(code, "no")))).Code.ShouldBe(code);
        (await Should.ThrowAsync<LogException>(Read(() => throw new LogException(code, "no")))).Code.ShouldBe(code);
        _calls.ShouldBe(2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stream_that_is_changing_its_leader_is_asked_again_since_nothing_has_happened(bool harmless)
    {
        var change = Change(harmless, () => _calls < 3 ? throw new LogException(LogErrorCode.Moving, "moving") : 5);

        (await EndedAsync(change)).ShouldBe(5);
    }

    [Fact]
    public async Task A_refusal_by_a_director_is_known_to_have_had_no_effect()
    {
        var refusal = new SiloUnavailableException("no silo", new LogException(LogErrorCode.Unavailable, "away"));

        (await Should.ThrowAsync<LogException>(Change(harmless: false, () => throw refusal))).Code.ShouldBe(LogErrorCode.Unavailable);
    }

    [Fact]
    public async Task A_read_is_repeated_and_in_the_end_the_stream_is_unavailable()
    {
        (await EndedAsync(Read(() => _calls < 3 ? throw new SiloUnavailableException("gone") : 9))).ShouldBe(9);

        (await Should.ThrowAsync<LogException>(EndedAsync(Read(() => throw new SiloUnavailableException("gone"))))).Code.ShouldBe(LogErrorCode.Unavailable);
    }

    [Fact]
    public async Task A_call_that_is_at_a_lost_silo_is_made_again_if_that_is_harmless_and_waited_for_if_it_is_not()
    {
        var lost = new TaskCompletionSource<int>();
        foreach (var make in new Func<Task<int>>[] { () => ChangeLater(harmless: true, Answer), () => ReadLater(Answer) })
        {
            _calls = 0;
            var begun = _time.GetUtcNow();
            (await EndedAsync(make())).ShouldBe(5);
            (_time.GetUtcNow() - begun).ShouldBeLessThan(_options.RetryFor);
        }

        _calls = 0;
        var change = ChangeLater(harmless: false, () => lost.Task);
        _time.Advance(_options.RetryFor * 10);
        change.IsCompleted.ShouldBeFalse("it would be carried out twice");
        lost.SetResult(7);
        (await change.OrFail()).ShouldBe(7);
        _calls.ShouldBe(1);

        Task<int> Answer() => _calls == 1 ? lost.Task : Task.FromResult(5);
    }

    [Fact]
    public async Task A_slow_answer_is_an_answer_all_the_same()
    {
        var slow = new TaskCompletionSource<int>();
        var last = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var change = ChangeLater(harmless: true, () =>
        {
            // Three are given up, after 2, 3 and 3 s. Behind the fourth there would be no time for another: nothing but its answer ends it.
            if (_calls == 4)
                last.SetResult();

            return slow.Task;
        });
        await PassUntilAsync(last.Task);
        _time.Advance(_options.RetryFor * 2);
        slow.SetResult(7);

        (await change.OrFail()).ShouldBe(7);
        _calls.ShouldBe(4);
    }

    [Fact]
    public async Task A_read_that_waits_is_waited_for_so_much_longer()
    {
        var waiting = new TaskCompletionSource<int>();
        var read = _caller.ReadAsync((Self: this, waiting), static (call, _) => call.Self.Later(() => call.waiting.Task), CancellationToken.None, wait: TimeSpan.FromSeconds(30)).AsTask();

        await _time.TimerArmedAsync(TimeSpan.FromSeconds(30) + Patience.First).OrFail();
        _time.Advance(TimeSpan.FromSeconds(30));
        waiting.SetResult(3);

        (await read.OrFail()).ShouldBe(3);
        _calls.ShouldBe(1);
    }

    [Fact]
    public async Task A_read_that_is_given_up_ends_at_once_though_nobody_answers()
    {
        using var giveUp = new CancellationTokenSource();
        var lost = new TaskCompletionSource<int>();
        var read = _caller.ReadAsync(
            (Self: this, lost), static (call, _) => call.Self.Later(() => call.lost.Task), giveUp.Token, wait: TimeSpan.FromSeconds(30)).AsTask();

        await giveUp.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => read.OrFail());
    }

    [Fact]
    public async Task What_was_cancelled_before_it_was_called_is_not_called()
    {
        var cancelled = new CancellationToken(canceled: true);

        await Should.ThrowAsync<OperationCanceledException>(_caller.ChangeAsync(this, static (self, _) => self.Call(() => 1), harmless: true, cancelled).AsTask());
        await Should.ThrowAsync<OperationCanceledException>(_caller.ReadAsync(this, static (self, _) => self.Call(() => 1), cancelled).AsTask());
        _calls.ShouldBe(0);
    }

    [Fact]
    public async Task A_defect_goes_its_way()
    {
        await Should.ThrowAsync<InvalidOperationException>(Change(harmless: true, () => throw new InvalidOperationException("defect")));
        _calls.ShouldBe(1);
    }

    private Task<int> Change(bool harmless, Func<int> answer) =>
        _caller.ChangeAsync((Self: this, answer), static (call, _) => call.Self.Call(call.answer), harmless, CancellationToken.None).AsTask();

    private Task<int> Read(Func<int> answer) => _caller.ReadAsync((Self: this, answer), static (call, _) => call.Self.Call(call.answer), CancellationToken.None).AsTask();

    private Task<int> ChangeLater(bool harmless, Func<Task<int>> answer) =>
        _caller.ChangeAsync((Self: this, answer), static (call, _) => call.Self.Later(call.answer), harmless, CancellationToken.None).AsTask();

    private Task<int> ReadLater(Func<Task<int>> answer) => _caller.ReadAsync((Self: this, answer), static (call, _) => call.Self.Later(call.answer), CancellationToken.None).AsTask();

    private ValueTask<int> Call(Func<int> answer)
    {
        _calls++;
        return new(answer());
    }

    private ValueTask<int> Later(Func<Task<int>> answer)
    {
        _calls++;
        return new(answer());
    }

    /// <summary>Moves the clock until the call has ended.</summary>
    private async Task<int> EndedAsync(Task<int> call)
    {
        await PassUntilAsync(call);
        return await call;
    }

    /// <summary>Moves the clock until this happens, and each time only when the caller waits for the clock: one that runs on alone would use up the time there is before the caller has tried twice.</summary>
    private async Task PassUntilAsync(Task happened)
    {
        var most = _time.GetUtcNow() + (_options.RetryFor * 10);
        while (await Task.WhenAny(happened, _time.TimerDueWithinAsync(TimeSpan.MaxValue)).OrFail() != happened)
        {
            _time.GetUtcNow().ShouldBeLessThan(most, "the caller goes on and on");
            _time.Advance(Step);
        }
    }
}
