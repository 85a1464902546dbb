using Orleans.Log.Grains.Leading;
using Orleans.Log.Grains.Wire;
using Orleans.Log.Testing;

namespace Orleans.Log.Grains.Tests;

/// <summary>Calls that overtook each other on their way get their places in the order that they were made in.</summary>
public sealed class ArrivalOrderTests
{
    private static readonly Guid Sender = Guid.NewGuid();

    private readonly ManualTimeProvider _time = new();
    private readonly List<long> _placed = [];
    private readonly ArrivalOrder _order;

    public ArrivalOrderTests() => _order = new ArrivalOrder(_time, call =>
    {
        _placed.Add(call.Order?.Number ?? -1);
        return new(new AppendResult(_placed.Count - 1, _placed.Count, _placed.Count, Duplicate: false));
    });

    [Fact]
    public void A_sender_that_waits_for_each_call_is_not_remembered()
    {
        for (var i = 0; i < 5; i++)
            Arrive(i, settled: i).IsCompletedSuccessfully.ShouldBeTrue();

        _placed.ShouldBe([0, 1, 2, 3, 4]);
        _order.IsBusy.ShouldBeFalse();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task However_they_arrive_they_stand_as_they_were_made(int seed)
    {
        var random = new Random(seed);
        var arrivals = Enumerable.Range(0, 200).Select(i => (long)i).ToArray();
        random.Shuffle(arrivals);

        var outcomes = arrivals.ToDictionary(number => number, number => Arrive(number, settled: 0).AsTask());

        _placed.ShouldBe(Enumerable.Range(0, 200).Select(i => (long)i));
        foreach (var (number, outcome) in outcomes)
            (await outcome).Start.ShouldBe(number);
    }

    [Fact]
    public async Task What_does_not_come_is_waited_for_no_longer_than_a_while()
    {
        var third = Arrive(2, settled: 0).AsTask();
        _ = Arrive(0, settled: 0);
        _time.Advance(ArrivalOrder.Patience - TimeSpan.FromMilliseconds(1));
        _order.Sweep();
        third.IsCompleted.ShouldBeFalse();

        _time.Advance(TimeSpan.FromMilliseconds(1));
        _order.Sweep();

        (await third).Start.ShouldBe(1);
        _ = Arrive(1, settled: 0);
        _placed.ShouldBe([0, 2, 1], "one that comes too late is placed where it comes");
        _time.Advance(ArrivalOrder.Patience);
        _order.Sweep();
        _order.IsBusy.ShouldBeFalse();
    }

    [Fact]
    public void What_was_settled_before_the_grain_came_to_life_is_not_waited_for()
    {
        _ = Arrive(7, settled: 6);
        _placed.ShouldBeEmpty();

        _ = Arrive(6, settled: 6);

        _placed.ShouldBe([6, 7]);
    }

    [Fact]
    public async Task What_waits_is_bounded()
    {
        for (var i = 1; i <= ArrivalOrder.Capacity; i++)
            _ = Arrive(i, settled: 0);

        var refused = await Should.ThrowAsync<LogException>(Arrive(ArrivalOrder.Capacity + 1, settled: 0).AsTask());

        refused.Code.ShouldBe(LogErrorCode.TooManyInFlight);
        refused.SideEffects.ShouldBe(SideEffects.None);
        _ = Arrive(0, settled: 0);
        _placed.Count.ShouldBe(ArrivalOrder.Capacity + 1);
    }

    private ValueTask<AppendResult> Arrive(long number, long settled) =>
        _order.Arrive(new AppendCall(null, RecordBlock.Of(new RecordBatch(new byte[1])), default, new SenderOrder(Sender, number, settled)));
}
