using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace Orleans.Log.Api.Endpoints.Outcomes;

/// <summary>
/// Waits for one outcome after the other, for each no longer than it may take, without a task or a timer of its own. Used by one caller at a time, which makes another
/// one as soon as it has waited in vain: this one then takes the outcome when it comes, and nobody is told.
/// </summary>
internal sealed class OutcomeWait : IValueTaskSource<bool>, IDisposable
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _limit;
    private readonly ITimer _timer;
    private readonly Action _onEnded;

    // Continues the caller where the outcome became known, on a thread of the pool.
    private ManualResetValueTaskSourceCore<bool> _wait;
    private ValueTaskAwaiter<AppendResult> _outcome;
    private long _since;
    private bool _waiting;
    private bool _timing;

    /// <summary>Waits <paramref name="limit"/> at most, counted from when each was ordered.</summary>
    public OutcomeWait(TimeProvider time, TimeSpan limit)
    {
        (_time, _limit, _onEnded) = (time, limit, Ended);
        _timer = time.CreateTimer(static self => ((OutcomeWait)self!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>True when the outcome is there, for the caller to take; false if it was not in time, and then it must not be touched any more.</summary>
    /// <param name="outcome">Not there yet, when last looked.</param>
    /// <param name="since">When it was ordered, as a timestamp of the clock.</param>
    public ValueTask<bool> EndsInTimeAsync(in ValueTask<AppendResult> outcome, long since)
    {
        _wait.Reset();
        _outcome = outcome.GetAwaiter();
        var left = _limit - _time.GetElapsedTime(since);
        var inTime = left > TimeSpan.Zero;
        lock (_lock)
        {
            (_since, _waiting) = (since, inTime);
            if (inTime && !_timing)
                _timing = _timer.Change(left, Timeout.InfiniteTimeSpan);
        }

        _outcome.UnsafeOnCompleted(_onEnded);
        return inTime ? new ValueTask<bool>(this, _wait.Version) : new ValueTask<bool>(false);
    }

    public void Dispose() => _timer.Dispose();

    bool IValueTaskSource<bool>.GetResult(short token) => _wait.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);

    private void Ended()
    {
        if (TryEnd())
            _wait.SetResult(true);
        else
            Forget();
    }

    // Once in a time-out while there is something to wait for, however many outcomes come meanwhile.
    private void Look()
    {
        lock (_lock)
        {
            _timing = false;
            if (!_waiting)
                return;

            var left = _limit - _time.GetElapsedTime(_since);
            if (left > TimeSpan.Zero)
            {
                _timing = _timer.Change(left, Timeout.InfiniteTimeSpan);
                return;
            }
        }

        if (TryEnd())
            _wait.SetResult(false);
    }

    private bool TryEnd()
    {
        lock (_lock)
        {
            var first = _waiting;
            _waiting = false;
            return first;
        }
    }

    private void Forget()
    {
        try
        {
            _ = _outcome.GetResult();
        }
        catch (Exception)
        {
            // Its caller was told that it may have happened.
        }
    }
}
