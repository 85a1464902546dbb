using System.Threading.Tasks.Sources;

namespace Orleans.Log.Engine.Pipeline;

/// <summary>
/// An append on its way: the source of the task that its caller awaits, once. It goes back to the pool when both its outcome has been set and the
/// caller has taken it. Only then: the setter still touches it for a moment after the caller can see the outcome.
/// </summary>
internal sealed class PendingAppend(PendingAppendPool pool) : PendingOp, IValueTaskSource<AppendResult>
{
    private ManualResetValueTaskSourceCore<AppendResult> _core = new() { RunContinuationsAsynchronously = true };
    private int _ends;
    private long _start;
    private long _end;
    private long _lastTimestamp;
    private bool _duplicate;

    /// <summary>What the caller awaits.</summary>
    public ValueTask<AppendResult> Task => new(this, _core.Version);

    /// <summary>A batch that was ordered.</summary>
    public PendingAppend Begin(long entry, long charge, long start, long end, long lastTimestamp)
    {
        (Next, Entry, Charge) = (null, entry, charge);
        (_start, _end, _lastTimestamp, _duplicate) = (start, end, lastTimestamp, false);
        return this;
    }

    /// <summary>A batch that repeats one in flight.</summary>
    public PendingAppend Repeat(in ProducerBatch original, long charge)
    {
        (Next, Entry, Charge) = (null, original.Entry, charge);
        (_start, _end, _duplicate) = (original.Start, original.Start + original.Count, true);
        return this;
    }

    /// <inheritdoc/>
    public override void Show(ref Committed committed)
    {
        if (!_duplicate)
            (committed.Tail, committed.LastTimestamp) = (_end, _lastTimestamp);
    }

    /// <inheritdoc/>
    public override void Succeed(in Committed committed)
    {
        _core.SetResult(new AppendResult(_start, _end, committed.Tail, _duplicate));
        End();
    }

    /// <inheritdoc/>
    public override void Fail(LogException error)
    {
        _core.SetException(error);
        End();
    }

    /// <inheritdoc/>
    ValueTaskSourceStatus IValueTaskSource<AppendResult>.GetStatus(short token) => _core.GetStatus(token);

    /// <inheritdoc/>
    void IValueTaskSource<AppendResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    /// <inheritdoc/>
    AppendResult IValueTaskSource<AppendResult>.GetResult(short token)
    {
        // A token of an earlier life, or an outcome that is not there yet, throws here and must not end this life.
        if (_core.GetStatus(token) == ValueTaskSourceStatus.Pending)
            throw new InvalidOperationException("The append has no outcome yet; await it.");

        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            End();
        }
    }

    private void End()
    {
        if (Interlocked.Increment(ref _ends) != 2)
            return;

        _ends = 0;
        _core.Reset();
        pool.Return(this);
    }
}

/// <summary>Pending appends at rest. Safe for use by any number of threads.</summary>
internal sealed class PendingAppendPool
{
    /// <summary>Most objects at rest, about 200 bytes each; more appends than that in flight at once are given to the garbage collector.</summary>
    public const int Capacity = 8_192;

    private readonly Lock _gate = new();
    private readonly Stack<PendingAppend> _resting = new();

    /// <summary>One to use.</summary>
    public PendingAppend Rent()
    {
        lock (_gate)
        {
            if (_resting.TryPop(out var op))
                return op;
        }

        return new PendingAppend(this);
    }

    /// <summary>Takes one back.</summary>
    public void Return(PendingAppend op)
    {
        lock (_gate)
        {
            if (_resting.Count < Capacity)
                _resting.Push(op);
        }
    }
}
