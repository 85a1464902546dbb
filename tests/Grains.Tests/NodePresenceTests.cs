using Orleans.Log.Grains.Nodes;
using Orleans.Log.Testing;

namespace Orleans.Log.Grains.Tests;

/// <summary>A process that stood still does not answer for its node before the cluster has confirmed that it is still the node's.</summary>
public sealed class NodePresenceTests
{
    private static readonly TimeSpan Gap = TimeSpan.FromSeconds(10);

    private readonly ManualTimeProvider _time = new();
    private readonly NodePresence _presence;

    public NodePresenceTests() => _presence = new NodePresence(_time, Gap);

    [Fact]
    public void While_it_ticks_nothing_waits()
    {
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(Gap - TimeSpan.FromMilliseconds(1));
            _presence.WhenConfirmedAsync().IsCompletedSuccessfully.ShouldBeTrue();
            _presence.Tick().ShouldBeFalse();
        }
    }

    [Fact]
    public async Task After_a_standstill_acknowledgements_wait_until_the_node_is_confirmed()
    {
        _time.Advance(Gap);

        var first = _presence.WhenConfirmedAsync().AsTask();
        _presence.Tick().ShouldBeTrue("the registration must confirm");
        var second = _presence.WhenConfirmedAsync().AsTask();

        (first.IsCompleted, second.IsCompleted).ShouldBe((false, false));
        _presence.Confirm();
        await first;
        await second;
        _presence.Tick().ShouldBeFalse();
        _presence.WhenConfirmedAsync().IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public void The_tick_of_a_woken_process_does_not_hide_the_standstill()
    {
        _time.Advance(Gap);

        _presence.Tick().ShouldBeTrue();

        _presence.WhenConfirmedAsync().IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Whoever_waits_when_the_node_is_lost_learns_that_nothing_is_certain()
    {
        _time.Advance(Gap);
        var waiting = _presence.WhenConfirmedAsync().AsTask();

        _presence.Lose(new LogException(LogErrorCode.OutcomeUnknown, "replaced"));
        _presence.Confirm();

        (await Should.ThrowAsync<LogException>(() => waiting)).Code.ShouldBe(LogErrorCode.OutcomeUnknown);
        (await Should.ThrowAsync<LogException>(() => _presence.WhenConfirmedAsync().AsTask())).SideEffects.ShouldBe(SideEffects.Possible);
    }
}
