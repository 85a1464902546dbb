using Orleans.Log.Engine.Reading;
using Orleans.Log.Engine.Replication;

namespace Orleans.Log.Engine.Pipeline;

/// <content>
/// How calls get their outcome: taken out of the queue under the lock, in order; completed outside of it, in the same order, by the one thread that took them.
/// </content>
internal sealed partial class StreamPipeline
{
    /// <inheritdoc/>
    void IReplicaObserver.OnDurable(IReplica replica)
    {
        // One replica is its own majority; with more, each of them is asked here.
        var entry = Quorum.Committed([replica.DurableEntry]);
        PendingOp? done;
        TailWaiter? waiters;
        TaskCompletionSource? cut;
        Committed committed;
        lock (_gate)
        {
            _committed.Entry = Math.Max(_committed.Entry, entry);
            done = TakeCommitted(entry, show: true);
            cut = TakeCutCommitted(entry);
            waiters = _waiters.Count == 0 ? null : _waiters.TakeBelow(_committed.Sealed ? long.MaxValue : _committed.Tail);
            committed = _committed;
        }

        while (done is not null)
        {
            // Read first: once completed, it may be in use again.
            var next = done.Next;
            done.Succeed(committed);
            _node.Leave();
            done = next;
        }

        TailWaiterList.Wake(waiters);
        cut?.SetResult();
    }

    /// <inheritdoc/>
    void IReplicaObserver.OnFailed(IReplica replica, Exception error)
    {
        PendingOp? pending;
        TaskCompletionSource? cut;
        lock (_gate)
        {
            _stopped = true;
            pending = TakeCommitted(long.MaxValue, show: false);
            cut = TakeCutCommitted(long.MaxValue);
        }

        cut?.SetResult();

        Fail(pending, () => new LogException(
            LogErrorCode.OutcomeUnknown, "The node's log failed before the outcome was known; the call may have had its effect.", default, error));
        InterruptReaders();
    }

    /// <summary>Takes what is committed out of the queue, and makes it visible. Under the lock.</summary>
    private PendingOp? TakeCommitted(long entry, bool show)
    {
        var taken = _pending.TakeThrough(entry);
        var head = _committed.Head;
        for (var op = taken; op is not null; op = op.Next)
        {
            _inFlight -= op.Charge;
            if (show)
                op.Show(ref _committed);
        }

        if (_committed.Head > head)
            ForgetBelow(_committed.Head);

        return taken;
    }

    private void Fail(PendingOp? pending, Func<LogException> error)
    {
        while (pending is not null)
        {
            var next = pending.Next;
            pending.Fail(error());
            _node.Leave();
            pending = next;
        }
    }
}
