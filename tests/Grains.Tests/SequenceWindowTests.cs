using Orleans.Log.Grains.Leading;
using Orleans.Log.Grains.Wire;
using Orleans.Log.Testing;

namespace Orleans.Log.Grains.Tests;

/// <summary>Batches of a producer that come before their predecessors are held for a while.</summary>
public sealed class SequenceWindowTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly SequenceWindow _window;

    public SequenceWindowTests() => _window = new SequenceWindow(_time);

    [Fact]
    public void A_batch_that_came_early_is_taken_when_its_predecessor_has_its_place()
    {
        var call = Call(5);

        _window.TryHold(call, Gap(expected: 4, received: 5), out var outcome).ShouldBeTrue();

        _window.TakeNext(new ProducerStamp("p", 0, 3)).ShouldBeNull();
        _window.TakeNext(new ProducerStamp("other", 0, 4)).ShouldBeNull();
        _window.TakeNext(new ProducerStamp("p", 1, 4)).ShouldBeNull();
        _window.TakeNext(new ProducerStamp("p", 0, 4))!.Call.ShouldBeSameAs(call);
        outcome!.IsCompleted.ShouldBeFalse("whoever took it answers");
    }

    [Fact]
    public async Task One_whose_patience_is_over_is_refused_as_the_stream_refused_it_and_gets_no_place_any_more()
    {
        _window.TryHold(Call(5), Gap(expected: 4, received: 5), out var outcome).ShouldBeTrue();

        _time.Advance(SequenceWindow.Patience);

        (await Should.ThrowAsync<LogException>(() => outcome!)).Facts.ExpectedSequence.ShouldBe(4);
        _window.TakeNext(new ProducerStamp("p", 0, 4)).ShouldBeNull();
    }

    [Theory]
    [InlineData(4, 4 + SequenceWindow.Reach)]
    [InlineData(4, 3)]
    public void What_is_too_far_ahead_or_behind_is_not_held(long expected, long received) =>
        _window.TryHold(Call(received), Gap(expected, received), out _).ShouldBeFalse();

    [Fact]
    public void Other_refusals_are_not_held()
    {
        _window.TryHold(Call(5), new LogException(LogErrorCode.Fenced, "no"), out _).ShouldBeFalse();
        _window.TryHold(new AppendCall(null, RecordBlock.Of(new RecordBatch(new byte[1])), default), Gap(4, 5), out _).ShouldBeFalse();
        _window.Count.ShouldBe(0);
    }

    [Fact]
    public void What_is_held_is_bounded()
    {
        for (var i = 0; i < SequenceWindow.Capacity; i++)
            _window.TryHold(Call(1, $"p{i}"), Gap(0, 1), out _).ShouldBeTrue();

        _window.TryHold(Call(1, "one more"), Gap(0, 1), out _).ShouldBeFalse();
        _time.Advance(SequenceWindow.Patience);
        _window.Sweep();
        _window.Count.ShouldBe(0);
    }

    private static AppendCall Call(long sequence, string producer = "p") =>
        new(null, RecordBlock.Of(new RecordBatch(new byte[1])), new AppendConditions(Producer: new ProducerStamp(producer, 0, sequence)));

    private static LogException Gap(long expected, long received) =>
        new(LogErrorCode.ProducerGap, "gap", new LogErrorFacts(ExpectedSequence: expected, ReceivedSequence: received));
}
