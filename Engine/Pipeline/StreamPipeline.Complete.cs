using System.Threading.Tasks.Sources;
using Orleans.Log.Engine.Reading;
using Orleans.Log.Engine.Replication;

namespace Orleans.Log.Engine.Pipeline;

/// <content>
/// How calls get their outcome. Entries are taken off under the lock, in order, and become visible with that; appends whose callers ask see it at once. Those who wait are told outside
/// of the lock, in the same order, by the one thread that took them.
/// </content>
internal sealed partial class StreamPipeline
{
    private long _answered;
    private Func<LogException>? _failure;

    /// <summary>How it stands with a call that has its outcome when an entry is committed. Needs no lock: the entry answered last stays as it is from when there is a failure.</summary>
    public ValueTaskSourceStatus OutcomeOf(long entry)
    {
        var failed = Volatile.Read(ref _failure) is not null;
        return entry <= Volatile.Read(ref _answered) ? ValueTaskSourceStatus.Succeeded
            : failed ? ValueTaskSourceStatus.Faulted
            : ValueTaskSourceStatus.Pending;
    }

    /// <summary>Everything below may be read; without the lock.</summary>
    public long CommittedTail => Volatile.Read(ref _committed.Tail);

    /// <summary>What calls end with that have failed.</summary>
    public LogException Failure() => _failure!();

    /// <summary>Has an append told as soon as its entry has an outcome; false if it has one already.</summary>
    public bool TryTell(PendingAppend op, long entry)
    {
        lock (_gate)
        {
            if (OutcomeOf(entry) != ValueTaskSourceStatus.Pending)
                return false;

            _pending.At(entry).Told.Add(op);
            return true;
        }
    }

    /// <inheritdoc/>
    void IReplicaObserver.OnDurable(IReplica replica)
    {
        // One replica is its own majority; with more, each of them is asked here.
        var entry = Quorum.Committed([replica.DurableEntry]);
        PendingOp? told;
        int calls;
        TailWaiter? waiters;
        TaskCompletionSource? cut;
        Committed committed;
        lock (_gate)
        {
            _committed.Entry = Math.Max(_committed.Entry, entry);
            told = TakeCommitted(entry, out calls);
            cut = TakeCutCommitted(entry);
            waiters = _waiters.Count == 0 ? null : _waiters.TakeBelow(_committed.Sealed ? long.MaxValue : _committed.Tail);
            committed = _committed;
        }

        while (told is not null)
        {
            // Read first: once told, it may be in use again.
            var next = told.Next;
            told.Succeed(committed);
            told = next;
        }

        _node.Leave(calls);
        _node.Wakes.Add(waiters);
        cut?.SetResult();
    }

    /// <inheritdoc/>
    void IReplicaObserver.OnFailed(IReplica replica, Exception error)
    {
        PendingOp? told;
        int calls;
        TaskCompletionSource? cut;
        lock (_gate)
        {
            _stopped = true;
            told = TakeFailed(
                () => new LogException(
                    LogErrorCode.OutcomeUnknown, "The node's log failed before the outcome was known; the call may have had its effect.", default, error),
                out calls);
            cut = TakeCutCommitted(long.MaxValue);
        }

        cut?.SetResult();

        Fail(told, calls);
        InterruptReaders();
    }

    /// <summary>Takes what is committed, makes it visible, and returns who is to be told. Under the lock.</summary>
    private PendingOp? TakeCommitted(long entry, out int calls)
    {
        calls = 0;
        var told = default(PendingOps);
        var head = _committed.Head;
        while (_pending.TryTake(entry, out var taken))
        {
            _inFlight -= taken.Charge;
            calls += taken.Calls;
            if (taken.Tail > 0)
                (_committed.Tail, _committed.LastTimestamp) = (taken.Tail, taken.LastTimestamp);

            for (var op = taken.Told.First; op is not null; op = op.Next)
                op.Show(ref _committed);

            told.Add(taken.Told);
        }

        // Last: who asks without the lock, and then takes it to read, finds everything.
        if (_failure is null)
            Volatile.Write(ref _answered, Math.Max(_answered, entry));

        if (_committed.Head > head)
            ForgetBelow(_committed.Head);

        return told.First;
    }

    /// <summary>Takes everything, which from now on has failed, and returns who is to be told. Under the lock.</summary>
    private PendingOp? TakeFailed(Func<LogException> failure, out int calls)
    {
        calls = 0;
        var told = default(PendingOps);
        Volatile.Write(ref _failure, _failure ?? failure);
        while (_pending.TryTake(long.MaxValue, out var taken))
        {
            _inFlight -= taken.Charge;
            calls += taken.Calls;
            told.Add(taken.Told);
        }

        return told.First;
    }

    private void Fail(PendingOp? told, int calls)
    {
        while (told is not null)
        {
            var next = told.Next;
            told.Fail(Failure());
            told = next;
        }

        _node.Leave(calls);
    }
}
