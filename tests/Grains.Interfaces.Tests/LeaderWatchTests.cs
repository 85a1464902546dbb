using System.Text;
using Orleans.Log.Conformance;
using Orleans.Log.Grains.Calling;
using Orleans.Log.Grains.Wire;
using Orleans.Log.Testing;
using Orleans.Runtime;

namespace Orleans.Log.Grains.Interfaces.Tests;

/// <summary>What nobody may repeat, and what waits because nothing happens, is waited for as long as its leader leads, and not much longer.</summary>
public sealed class LeaderWatchTests
{
    private const long Term = 4;

    private static readonly StreamId Id = new(7);

    private readonly ManualTimeProvider _time = new();
    private readonly ClusterLogOptions _options = new();
    private readonly ScriptedGrain _grain = new() { OnDescribe = static () => new(Term) };
    private readonly ILogStream _stream;
    private int _looks;

    public LeaderWatchTests() =>
        _stream = new ClusterLogStream(_grain, StreamName.Parse("scripted"), Id, new GrainCaller(_time, _options), new LeaderWatch(_grain, Id, Term, _time, _options));

    public static TheoryData<Exception> NothingKnown =>
        new(new TimeoutException(), new SiloUnavailableException(), new LogException(LogErrorCode.Moving, "moving"), new LogException(LogErrorCode.Overloaded, "busy"));

    [Fact]
    public async Task It_is_waited_for_as_long_as_its_leader_leads()
    {
        var append = AppendAsync();
        await PassAsync(_options.RetryFor * 10, append);

        _grain.Answer(new AppendResult(3, 4, 4, Duplicate: false));

        (await EndedAsync(append)).Start.ShouldBe(3);
    }

    [Fact]
    public async Task It_may_have_happened_when_another_leads()
    {
        _grain.OnDescribe = static () => new(Term + 1);

        await ShouldBeUnknownAsync(AppendAsync());
    }

    [Theory]
    [InlineData(LogErrorCode.Unavailable)]
    [InlineData(LogErrorCode.StreamNotFound)]
    public async Task It_may_have_happened_when_nobody_leads(LogErrorCode code)
    {
        _grain.OnDescribe = () => throw new LogException(code, "gone");

        await ShouldBeUnknownAsync(AppendAsync());
    }

    [Fact]
    public async Task It_may_have_happened_when_nobody_says_a_word()
    {
        _grain.OnDescribe = static () => new(new TaskCompletionSource<long>().Task);

        await ShouldBeUnknownAsync(AppendAsync());
    }

    [Theory]
    [MemberData(nameof(NothingKnown))]
    public async Task That_nobody_can_say_who_leads_ends_it_only_when_it_lasts(Exception failure)
    {
        _grain.OnDescribe = () => _looks++ % 2 == 0 ? throw failure : new(Term);
        var append = AppendAsync();
        await PassAsync(_options.RetryFor * 10, append);
        append.IsCompleted.ShouldBeFalse();

        _grain.OnDescribe = () => throw failure;

        await ShouldBeUnknownAsync(append);
    }

    [Fact]
    public async Task An_answer_that_comes_while_it_is_asked_who_leads_counts()
    {
        _grain.OnDescribe = () =>
        {
            _grain.Answer(new AppendResult(3, 4, 4, Duplicate: false));
            return new(Term + 1);
        };

        (await EndedAsync(AppendAsync())).Start.ShouldBe(3);
    }

    [Fact]
    public async Task The_next_one_is_asked_of_the_new_leader_and_waited_for()
    {
        _grain.OnDescribe = static () => new(Term + 1);
        await ShouldBeUnknownAsync(AppendAsync());

        var next = AppendAsync();
        await PassAsync(_options.RetryFor * 10, next);
        _grain.Answer(new AppendResult(3, 4, 4, Duplicate: false));

        (await EndedAsync(next)).Start.ShouldBe(3);
    }

    [Fact]
    public async Task A_read_that_waits_is_made_again_long_before_its_wait_is_over()
    {
        var reads = 0;
        _grain.OnRead = () => reads++ == 0 ? new TaskCompletionSource<PageOfRecords>().Task : Task.FromResult(new PageOfRecords { Next = 5 });
        _grain.OnDescribe = static () => new(Term + 1);

        var read = _stream.ReadAsync(ReadRequest.FromLsn(5) with { Wait = Limits.ReadWait }, default).AsTask();
        await SilentAndMadeAgainAsync(LeaderWatch.Seldom);

        (await read.OrFail()).Next.ShouldBe(5);
    }

    [Fact]
    public async Task One_with_a_stamp_is_made_again_as_soon_as_another_is_known_to_lead()
    {
        _grain.OnDescribe = static () => new(Term + 1);

        var append = _stream.AppendAsync(OneRecord, new AppendConditions(Producer: new ProducerStamp("p", 0, 0)), default).AsTask();
        await SilentAndMadeAgainAsync(LeaderWatch.Often);
        await _grain.CalledTwice.OrFail();
        _grain.Answer(new AppendResult(3, 4, 4, Duplicate: false));

        (await append.OrFail()).Start.ShouldBe(3);
    }

    private static RecordBatch OneRecord => new(Encoding.UTF8.GetBytes("x"));

    /// <summary>Lets a call have no answer until the stream is asked who leads it, and then the pause before the next attempt pass: both take less than it would be waited for otherwise.</summary>
    private async Task SilentAndMadeAgainAsync(TimeSpan asked)
    {
        await _time.TimerArmedAsync(asked).OrFail();
        _time.Advance(asked);
        await _time.TimerDueWithinAsync(_options.RetryDelay).OrFail();
        _time.Advance(_options.RetryDelay);
    }

    private Task<AppendResult> AppendAsync() => _stream.AppendAsync(OneRecord, default, default).AsTask();

    private async Task ShouldBeUnknownAsync(Task<AppendResult> append)
    {
        var told = await Should.ThrowAsync<LogException>(() => EndedAsync(append));
        (told.Code, told.SideEffects).ShouldBe((LogErrorCode.OutcomeUnknown, SideEffects.Possible));
        _grain.Calls.Count.ShouldBe(1, "it would be carried out twice");
    }

    /// <summary>Moves the clock, and each time only when whoever is looked after is waiting again: a clock that runs on alone would tell of silence where there is none.</summary>
    private async Task PassAsync(TimeSpan time, Task call)
    {
        for (var end = _time.GetUtcNow() + time; _time.GetUtcNow() < end && !call.IsCompleted;)
        {
            await Task.WhenAny(call, _time.TimerDueWithinAsync(LeaderWatch.Seldom)).OrFail();
            _time.Advance(LeaderWatch.Often);
        }
    }

    /// <summary>Moves the clock until the call has ended.</summary>
    private async Task<T> EndedAsync<T>(Task<T> call)
    {
        await PassAsync(TimeSpan.FromHours(1), call);
        return await call.OrFail();
    }
}
