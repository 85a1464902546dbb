using Orleans.Log.Engine.Reading;
using Orleans.Log.Engine.Replication;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Pipeline;

/// <content>How the stream is taken into service, and out of it.</content>
internal sealed partial class StreamPipeline
{
    /// <summary>For callers that write for whoever leads here: the embedded node has one leader for the life of its process.</summary>
    public const long AnyTerm = -1;

    private Task? _opening;
    private Tenure _tenure;
    private volatile bool _open;
    private bool _deleted;
    private bool _stopped;
    private bool _interrupted;

    /// <summary>
    /// Takes a term, unless that was done before; durable when it ends. Calls share one attempt; one that failed is made anew by the next call.
    /// A damaged stream takes none, because its next entry would hide what is missing before it: it is read only.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait, not the attempt.</param>
    /// <param name="room">The room on the disk that the term may use.</param>
    public ValueTask OpenAsync(CancellationToken cancellationToken, WalClass room = WalClass.Control)
    {
        if (_open)
            return ValueTask.CompletedTask;

        Task opening;
        lock (_gate)
        {
            if (_deleted)
                return ValueTask.FromException(NotFound());

            if (IsDamaged)
                return ValueTask.CompletedTask;

            if (_opening is null or { IsFaulted: true })
                _opening = TakeTermAsync(room);

            opening = _opening;
        }

        return new ValueTask(opening.WaitAsync(cancellationToken));
    }

    /// <summary>
    /// Takes a term above every one before, durable when it ends, for a leader that names it with every change from then on; those of older terms are refused as Fenced
    /// as soon as the new one is ordered. Returns null for a damaged stream, which takes none: it is read only.
    /// </summary>
    public async Task<Tenure?> LeadAsync()
    {
        Tenure next;
        lock (_gate)
        {
            if (_deleted)
                throw NotFound();

            if (IsDamaged)
                return null;

            next = _replica.Tenure with { Term = _replica.Tenure.Term + 1 };
        }

        return await TakeTermAsync(next, WalClass.Control);
    }

    /// <summary>The stream is gone: everything pending and every later call ends with StreamNotFound, followers included.</summary>
    public void Delete()
    {
        PendingOp? told;
        int calls;
        TailWaiter? waiters;
        TaskCompletionSource? cut;
        lock (_gate)
        {
            if (!_deleted)
                _node.CountProducers(-(_state.Producers?.Count ?? 0));

            _deleted = true;
            _open = false;
            told = TakeFailed(NotFound, out calls);
            cut = TakeCutCommitted(long.MaxValue);
            waiters = _waiters.TakeBelow(long.MaxValue);
        }

        Fail(told, calls);
        TailWaiterList.Wake(waiters);
        cut?.SetResult();
    }

    /// <summary>Ends every wait at the tail at once, with an empty page, and refuses later ones as Draining: the node is stopping.</summary>
    public void InterruptReaders()
    {
        TailWaiter? waiters;
        lock (_gate)
        {
            _interrupted = true;
            waiters = _waiters.TakeBelow(long.MaxValue);
        }

        TailWaiterList.Wake(waiters);
    }

    /// <summary>Why the stream takes no entry now, or null. Under the lock.</summary>
    /// <param name="term">Term of the leader that asks, or <see cref="AnyTerm"/> for whoever leads.</param>
    private LogException? RefuseEntry(long term)
    {
        if (_deleted)
            return NotFound();

        if (_stopped)
            return Admission.Stopped();

        if (IsDamaged)
        {
            return new LogException(
                LogErrorCode.Corrupt,
                "Part of this stream was damaged on disk. It takes no appends until it is repaired; what is whole can be read.");
        }

        if (!_open)
            return RefuseUnopened();

        return _replica.Tenure == _tenure && (term == AnyTerm || term == _tenure.Term)
            ? null
            : new LogException(LogErrorCode.Fenced, $"A newer leader, of term {_replica.Tenure.Term}, has taken this stream.", Facts(reason: "term"));
    }

    private Task<Tenure> TakeTermAsync(WalClass room) => TakeTermAsync(_replica.Tenure with { Term = _replica.Tenure.Term + 1 }, room);

    private async Task<Tenure> TakeTermAsync(Tenure next, WalClass room)
    {
        var grant = await _replica.TakeTermAsync(next, room);
        lock (_gate)
        {
            // Two may have asked one after the other, and their answers may cross.
            if (grant.Tenure.IsAbove(_tenure))
                _tenure = grant.Tenure;
        }

        _open = true;
        return grant.Tenure;
    }

    /// <summary>No term was taken yet, or there was no room for one: then that is what the caller has to wait for.</summary>
    private LogException RefuseUnopened() => _opening?.Exception?.InnerException is LogException { Code: LogErrorCode.ReadOnlyDiskFull } full
        ? new LogException(full.Code, full.Message, full.Facts)
        : new LogException(LogErrorCode.Moving, "The stream is not open on this node yet.", new LogErrorFacts(Reason: "not_open"));

    private LogErrorFacts Facts(string? reason = null, long? next = null) => new(Tail: _committed.Tail, Head: _committed.Head, Reason: reason, Next: next);

    private static LogException NotFound() => new(LogErrorCode.StreamNotFound, "There is no such stream (any longer).");
}
