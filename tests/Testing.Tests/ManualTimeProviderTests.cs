namespace Orleans.Log.Testing.Tests;

public sealed class ManualTimeProviderTests
{
    [Fact]
    public async Task A_timer_due_at_once_fires_outside_the_call_that_armed_it()
    {
        var gate = new object();
        var firedUnderGate = new TaskCompletionSource<bool>();
        ITimer timer;

        lock (gate)
        {
            timer = new ManualTimeProvider().CreateTimer(
                _ => firedUnderGate.SetResult(Monitor.IsEntered(gate)), state: null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }

        (await firedUnderGate.Task).ShouldBeFalse();
        await timer.DisposeAsync();
    }
}
