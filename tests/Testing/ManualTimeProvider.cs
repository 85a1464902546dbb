using Microsoft.Extensions.Time.Testing;

namespace Orleans.Log.Testing;

/// <summary>
/// The library's fake clock, which moves only when a test advances it and fires timers on that thread, with three additions: a
/// test can await the moment at which the code under test has armed a timer, and can set the wall clock without time passing; and
/// a timer due at once fires on the thread pool, as the system's does, never inside the call that armed it and under its locks.
/// </summary>
public sealed class ManualTimeProvider() : FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(1_795_000_000_000))
{
    private readonly Lock _lock = new();
    private readonly HashSet<WatchedTimer> _armed = [];
    private readonly List<(Func<TimeSpan, bool> Matches, TaskCompletionSource Armed)> _watchers = [];
    private TimeSpan _turned;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return base.GetUtcNow() + _turned;
    }

    /// <inheritdoc/>
    /// <remarks>The base class takes it from <see cref="GetUtcNow"/>, which <see cref="Turn"/> moves.</remarks>
    public override long GetTimestamp()
    {
        lock (_lock)
            return base.GetUtcNow().Ticks;
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new WatchedTimer(this);
        timer.Inner = base.CreateTimer(_ => timer.Fire(() => callback(state)), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Completes once a timer due after exactly this time is armed, also if it was armed before the call.</summary>
    public Task TimerArmedAsync(TimeSpan due) => ArmedAsync(left => left == due);

    /// <summary>Completes once a timer due after exactly this time is armed after the call; one that has that time left does not count.</summary>
    public Task NextTimerArmedAsync(TimeSpan due) => ArmedAsync(left => left == due, includeArmed: false);

    /// <summary>Completes once a timer due within this time is armed, also if it was armed before the call; for timers with jitter.</summary>
    public Task TimerDueWithinAsync(TimeSpan most) => ArmedAsync(left => left <= most);

    /// <summary>Sets the wall clock forward or back. No time passes: the monotonic clock and timers stay as they are.</summary>
    public void Turn(TimeSpan by)
    {
        lock (_lock)
            _turned += by;
    }

    private Task ArmedAsync(Func<TimeSpan, bool> matches, bool includeArmed = true)
    {
        var armed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            var now = GetUtcNow();
            if (includeArmed && _armed.Any(timer => matches(timer.Due - now)))
                armed.SetResult();
            else
                _watchers.Add((matches, armed));
        }

        return armed.Task;
    }

    /// <summary>A timer of the fake clock whose due time the clock knows.</summary>
    private sealed class WatchedTimer(ManualTimeProvider clock) : ITimer
    {
        [ThreadStatic]
        private static bool _changing;

        private TimeSpan _period;
        private long _changes;

        public ITimer? Inner { get; set; }

        public DateTimeOffset Due { get; private set; }

        // A test that is notified may advance the clock immediately, so the inner timer is armed first. It may have fired by then.
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            long change;
            lock (clock._lock)
            {
                (_period, change) = (period, ++_changes);
                clock._armed.Remove(this);
            }

            var changed = ChangeInner(dueTime, period);
            lock (clock._lock)
            {
                if (change == _changes)
                    Arm(dueTime);
            }

            return changed;
        }

        public void Fire(Action callback)
        {
            lock (clock._lock)
            {
                _changes++;
                Arm(_period > TimeSpan.Zero ? _period : Timeout.InfiniteTimeSpan);
            }

            if (_changing)
                ThreadPool.QueueUserWorkItem(static callback => callback(), callback, preferLocal: false);
            else
                callback();
        }

        public void Dispose()
        {
            lock (clock._lock)
            {
                _changes++;
                clock._armed.Remove(this);
            }

            Inner!.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private bool ChangeInner(TimeSpan dueTime, TimeSpan period)
        {
            var outer = _changing;
            _changing = true;
            try
            {
                return Inner!.Change(dueTime, period);
            }
            finally
            {
                _changing = outer;
            }
        }

        private void Arm(TimeSpan dueTime)
        {
            clock._armed.Remove(this);
            if (dueTime == Timeout.InfiniteTimeSpan)
                return;

            Due = clock.GetUtcNow() + dueTime;
            clock._armed.Add(this);
            foreach (var watcher in clock._watchers.Where(watcher => watcher.Matches(dueTime)).ToList())
            {
                clock._watchers.Remove(watcher);
                watcher.Armed.SetResult();
            }
        }
    }
}
