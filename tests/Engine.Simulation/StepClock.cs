namespace Orleans.Log.Engine.Simulation;

/// <summary>A clock that moves only when it is told to, in either direction.</summary>
internal sealed class StepClock(long milliseconds) : TimeProvider
{
    private long _milliseconds = milliseconds;

    public override long TimestampFrequency => 1000;

    public void Move(long by) => _milliseconds = Math.Max(0, _milliseconds + by);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(_milliseconds);

    public override long GetTimestamp() => _milliseconds;

    /// <summary>A timer that never fires: what a timer would do, the simulation does itself.</summary>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new InertTimer();

    private sealed class InertTimer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => default;
    }
}
