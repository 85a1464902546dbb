namespace Orleans.Log.Engine.Pipeline;

/// <summary>A call that is to be told when its entry is committed, or when it never will be. Told once, outside of the stream's lock.</summary>
internal abstract class PendingOp
{
    /// <summary>The next one of those that are told together.</summary>
    public PendingOp? Next;

    /// <summary>Makes its effect visible. Under the stream's lock.</summary>
    public abstract void Show(ref Committed committed);

    /// <summary>It is committed.</summary>
    public abstract void Succeed(in Committed committed);

    /// <summary>It has failed.</summary>
    public abstract void Fail(LogException error);
}

/// <summary>First in, first out, through the links of the operations themselves. Guarded by the stream's lock.</summary>
internal struct PendingOps
{
    private PendingOp? _first;
    private PendingOp? _last;

    /// <summary>The oldest, which leads to the others.</summary>
    public readonly PendingOp? First => _first;

    /// <summary>Adds the newest.</summary>
    public void Add(PendingOp op)
    {
        if (_last is null)
            _first = op;
        else
            _last.Next = op;

        _last = op;
    }

    /// <summary>Adds all of another list behind the newest.</summary>
    public void Add(in PendingOps others)
    {
        if (others._first is not { } first)
            return;

        Add(first);
        _last = others._last;
    }
}
