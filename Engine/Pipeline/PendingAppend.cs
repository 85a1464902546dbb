using System.Threading.Tasks.Sources;

namespace Orleans.Log.Engine.Pipeline;

/// <summary>
/// An append on its way: the source of the task that its caller takes, once. Its outcome is not set but asked for, from the stream: whether its entry is committed. So appends
/// that nobody awaits (of a caller who has many outstanding and awaits the oldest) are not touched when they become durable; one that is awaited is told by the stream.
/// It goes back to the pool when the caller has taken the outcome and, if it was awaited, whoever told it has let go as well.
/// </summary>
internal sealed class PendingAppend : PendingOp, IValueTaskSource<AppendResult>
{
    // Carries the caller's continuation only, and the number of this life.
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private StreamPipeline? _stream;
    private long _entry;
    private long _start;
    private long _end;
    private bool _duplicate;
    private bool _awaited;
    private int _ends;

    /// <summary>What the caller awaits.</summary>
    public ValueTask<AppendResult> Task => new(this, _core.Version);

    /// <summary>A batch on a stream that has its outcome when an entry is committed.</summary>
    public PendingAppend Begin(StreamPipeline stream, long entry, long start, long end, bool duplicate)
    {
        (_stream, _entry, _start, _end, _duplicate) = (stream, entry, start, end, duplicate);
        return this;
    }

    /// <inheritdoc/>
    public override void Show(ref Committed committed)
    {
        // Its records are shown by their entry, whether it is awaited or not.
    }

    /// <inheritdoc/>
    public override void Succeed(in Committed committed) => Resume();

    /// <inheritdoc/>
    public override void Fail(LogException error) => Resume();

    /// <inheritdoc/>
    ValueTaskSourceStatus IValueTaskSource<AppendResult>.GetStatus(short token) => StreamOf(token).OutcomeOf(_entry);

    /// <inheritdoc/>
    void IValueTaskSource<AppendResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        var stream = StreamOf(token);
        _core.OnCompleted(continuation, state, token, flags);
        _awaited = true;
        if (!stream.TryTell(this, _entry))
            Resume();
    }

    /// <inheritdoc/>
    AppendResult IValueTaskSource<AppendResult>.GetResult(short token)
    {
        // A token of an earlier life, or an outcome that is not there yet, throws here and must not end this life.
        var stream = StreamOf(token);
        var outcome = stream.OutcomeOf(_entry);
        if (outcome == ValueTaskSourceStatus.Pending)
            throw new InvalidOperationException("The append has no outcome yet; await it.");

        var result = new AppendResult(_start, _end, stream.CommittedTail, _duplicate);
        if (_awaited)
            End();
        else
            Rest();

        return outcome == ValueTaskSourceStatus.Succeeded ? result : throw stream.Failure();
    }

    private StreamPipeline StreamOf(short token) => token == _core.Version && _stream is { } stream
        ? stream
        : throw new InvalidOperationException("The outcome of this append was taken before.");

    private void Resume()
    {
        _core.SetResult(true);
        End();
    }

    private void End()
    {
        if (Interlocked.Increment(ref _ends) == 2)
            Rest();
    }

    private void Rest()
    {
        (Next, _stream, _awaited, _ends) = (null, null, false, 0);
        _core.Reset();
        PendingAppendPool.Return(this);
    }
}
