namespace Orleans.Log.Engine.Pipeline;

/// <summary>
/// A call that waits for its entry to be committed. Taken out of the queue once, under the stream's lock, by whoever then gives it its one outcome
/// outside of the lock.
/// </summary>
internal abstract class PendingOp
{
    /// <summary>The next one in the queue, or in the chain of those taken out.</summary>
    public PendingOp? Next;

    /// <summary>The entry that must be committed.</summary>
    public long Entry;

    /// <summary>Bytes of the stream's bound that it holds.</summary>
    public long Charge;

    /// <summary>Makes its effect visible. Under the stream's lock.</summary>
    public abstract void Show(ref Committed committed);

    /// <summary>It is committed.</summary>
    public abstract void Succeed(in Committed committed);

    /// <summary>It has failed.</summary>
    public abstract void Fail(LogException error);
}

/// <summary>First in, first out, through the links of the operations themselves. Guarded by the stream's lock.</summary>
internal struct PendingQueue
{
    private PendingOp? _first;
    private PendingOp? _last;

    /// <summary>Adds the newest.</summary>
    public void Add(PendingOp op)
    {
        if (_last is null)
            _first = op;
        else
            _last.Next = op;

        _last = op;
    }

    /// <summary>
    /// Takes the oldest ones whose entries are committed, as a chain. One behind an uncommitted one waits with it: outcomes come in the order of the calls.
    /// </summary>
    public PendingOp? TakeThrough(long entry)
    {
        if (_first is null || _first.Entry > entry)
            return null;

        var (taken, end) = (_first, _first);
        while (end.Next is { } next && next.Entry <= entry)
            end = next;

        _first = end.Next;
        end.Next = null;
        if (_first is null)
            _last = null;

        return taken;
    }
}
