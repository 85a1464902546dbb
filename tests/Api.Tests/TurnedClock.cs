using Orleans.Log.Engine.Reading;

namespace Orleans.Log.Api.Tests;

/// <summary>
/// The clock of those who outlive a scenario: it shows the time of whoever's turn it is, and its timers are armed there. With each turn they move to the next clock with the time that they had left; its timestamps only
/// grow, whatever the clocks show. Safe for use by any number of threads.
/// </summary>
internal sealed class TurnedClock : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly HashSet<TurnedTimer> _timers = [];
    private TimeProvider _inner = System;
    private long _turned = System.GetTimestamp();
    private TimeSpan _before;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>The clock whose turn it is from now on.</summary>
    public void TurnTo(TimeProvider next)
    {
        lock (_gate)
        {
            _before = Elapsed;
            (_inner, _turned) = (next, next.GetTimestamp());
            foreach (var timer in _timers)
                timer.Move();
        }
    }

    /// <summary>
    /// Fires the timers that pooled readers left armed. A reader that rests keeps its timer, and a later wait that ends after it arms no other: a scenario that
    /// awaits the arming of its own would wait for ever.
    /// </summary>
    public void FireRestingReaders()
    {
        TurnedTimer[] left;
        lock (_gate)
            left = [.. _timers.Where(static timer => timer.State is TailWaiter)];

        foreach (var timer in left)
            timer.FireNow();
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _inner.GetUtcNow();
    }

    public override long GetTimestamp()
    {
        lock (_gate)
            return Elapsed.Ticks;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new TurnedTimer(this, callback, state);
        lock (_gate)
            _timers.Add(timer);

        timer.Change(dueTime, period);
        return timer;
    }

    // With the gate held.
    private TimeSpan Elapsed => _before + _inner.GetElapsedTime(_turned);

    /// <summary>A timer of whichever clock has its turn. Its fields are guarded by the clock's gate; it fires outside of it.</summary>
    private sealed class TurnedTimer(TurnedClock clock, TimerCallback callback, object? state) : ITimer
    {
        private ITimer? _inner;
        private TimeSpan? _due;
        private TimeSpan _period;

        public object? State => state;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                _due = dueTime == Timeout.InfiniteTimeSpan ? null : clock.Elapsed + dueTime;
                _period = period;
                Arm();
            }

            return true;
        }

        public void FireNow()
        {
            lock (clock._gate)
            {
                if (_due is null)
                    return;

                _due = null;
                Arm();
            }

            callback(state);
        }

        /// <summary>With the gate held.</summary>
        public void Move()
        {
            _inner?.Dispose();
            _inner = null;
            Arm();
        }

        public void Dispose()
        {
            lock (clock._gate)
            {
                clock._timers.Remove(this);
                _due = null;
                _inner?.Dispose();
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Arm()
        {
            var left = _due is not { } due ? Timeout.InfiniteTimeSpan : due > clock.Elapsed ? due - clock.Elapsed : TimeSpan.Zero;
            if (_inner is null)
                _inner = clock._inner.CreateTimer(static timer => ((TurnedTimer)timer!).OnDue(), this, left, Timeout.InfiniteTimeSpan);
            else
                _inner.Change(left, Timeout.InfiniteTimeSpan);
        }

        private void OnDue()
        {
            bool early;
            lock (clock._gate)
            {
                // It may have been changed, or moved, while this call was on its way.
                if (_due is not { } due)
                    return;

                early = due > clock.Elapsed;
                if (!early)
                    _due = _period > TimeSpan.Zero ? due + _period : null;

                Arm();
            }

            if (!early)
                callback(state);
        }
    }
}
