namespace Orleans.Log.Engine.Pipeline;

/// <summary>What callers may see of a stream: the part of its state that a quorum holds. Guarded by the stream's lock.</summary>
internal struct Committed
{
    /// <summary>Lowest LSN that can be read.</summary>
    public long Head;

    /// <summary>Everything below is in published segments, or was given up.</summary>
    public long Offloaded;

    /// <summary>Everything below may be read.</summary>
    public long Tail;

    /// <summary>Timestamp of the record before the tail.</summary>
    public long? LastTimestamp;

    /// <summary>The tail will not move again.</summary>
    public bool Sealed;

    /// <summary>A fencing token is set.</summary>
    public bool Fenced;

    /// <summary>Highest entry that a quorum holds.</summary>
    public long Entry;

    /// <summary>As it is answered.</summary>
    public readonly StreamPosition Position => new(Head, Tail, Sealed, LastTimestamp, Offloaded);
}
