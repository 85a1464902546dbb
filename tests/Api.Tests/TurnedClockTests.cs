using Orleans.Log.Engine.Reading;
using Orleans.Log.Testing;

namespace Orleans.Log.Api.Tests;

/// <summary>What one scenario on the shared cluster leaves to the next.</summary>
public sealed class TurnedClockTests
{
    [Fact]
    public async Task Fired_readers_arm_the_timer_of_their_next_wait()
    {
        var (clock, time) = (new TurnedClock(), new ManualTimeProvider());
        clock.TurnTo(time);
        var pool = new TailWaiterPool(clock);
        await WaitAsync(pool, TimeSpan.FromSeconds(15));

        clock.FireRestingReaders();
        await WaitAsync(pool, TimeSpan.FromSeconds(29));

        time.TimerArmedAsync(TimeSpan.FromSeconds(29)).IsCompleted.ShouldBeTrue();
    }

    /// <summary>A wait that a record ends.</summary>
    private static async Task WaitAsync(TailWaiterPool pool, TimeSpan wait)
    {
        var waiter = pool.Rent();
        waiter.Begin(new NoStream(), above: 0, pool.Time.GetTimestamp() + wait.Ticks);
        waiter.Arm(CancellationToken.None);
        waiter.Complete(woken: true, here: true);
        await waiter.Task;
    }

    private sealed class NoStream : ITailWaiterOwner
    {
        public bool TryUnlink(TailWaiter waiter, bool ifDue) => false;
    }
}
