namespace Orleans.Log.Testing;

/// <summary>
/// A clock that stands still until a test moves it. Timers fire on the thread that calls <see cref="Advance"/>. A test that needs to know
/// that somebody waits before it moves the clock awaits <see cref="TimerArmedAsync"/>.
/// </summary>
public sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private readonly List<(Func<TimeSpan, bool> Matches, TaskCompletionSource Armed)> _watchers = [];
    private DateTimeOffset _now = DateTimeOffset.FromUnixTimeMilliseconds(1_795_000_000_000);

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return _now;
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => GetUtcNow().Ticks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new ManualTimer(this, () => callback(state), dueTime, period);

    /// <summary>Ends once a timer that is due after exactly this time has been armed, also if that was before the call.</summary>
    public Task TimerArmedAsync(TimeSpan due) => ArmedAsync(left => left == due);

    /// <summary>Ends once a timer that is due within this time has been armed, also if that was before the call; for timers whose time is partly chance.</summary>
    public Task TimerDueWithinAsync(TimeSpan most) => ArmedAsync(left => left <= most);

    /// <summary>Moves the clock and fires what became due, in the order of due times.</summary>
    public void Advance(TimeSpan by)
    {
        DateTimeOffset end;
        lock (_lock)
            end = _now + by;

        while (true)
        {
            ManualTimer? next;
            lock (_lock)
            {
                next = _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
                _now = next?.Due ?? end;
                next?.Rearm();
            }

            if (next is null)
                return;

            next.Fire();
        }
    }

    private Task ArmedAsync(Func<TimeSpan, bool> matches)
    {
        var armed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_timers.Exists(timer => matches(timer.Due - _now)))
                armed.SetResult();
            else
                _watchers.Add((matches, armed));
        }

        return armed.Task;
    }

    private void Arm(ManualTimer timer, TimeSpan dueTime)
    {
        timer.Due = _now + dueTime;
        _timers.Add(timer);
        foreach (var watcher in _watchers.Where(watcher => watcher.Matches(dueTime)).ToList())
        {
            _watchers.Remove(watcher);
            watcher.Armed.SetResult();
        }
    }

    private sealed class ManualTimer : ITimer
    {
        private readonly ManualTimeProvider _clock;
        private TimeSpan _period;

        public ManualTimer(ManualTimeProvider clock, Action fire, TimeSpan dueTime, TimeSpan period)
        {
            _clock = clock;
            Fire = fire;
            Change(dueTime, period);
        }

        public Action Fire { get; }

        public DateTimeOffset Due { get; set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_clock._lock)
            {
                _clock._timers.Remove(this);
                _period = period;
                if (dueTime != Timeout.InfiniteTimeSpan)
                    _clock.Arm(this, dueTime);
            }

            return true;
        }

        // Called with the clock's lock held.
        public void Rearm()
        {
            _clock._timers.Remove(this);
            if (_period > TimeSpan.Zero)
                _clock.Arm(this, _period);
        }

        public void Dispose()
        {
            lock (_clock._lock)
                _clock._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
