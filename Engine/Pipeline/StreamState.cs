namespace Orleans.Log.Engine.Pipeline;

/// <summary>
/// What a stream's entries amount to, as <em>ordered</em>: an entry counts as soon as the replica has accepted it, because everything ordered after it
/// must already respect it. Live appends and replay change it through the same methods, so that the log alone rebuilds it. Guarded by the stream's lock.
/// Part of the stream's object, like its index: of many streams an append finds nothing in the processor's cache, and each object apart would be waited for on its own.
/// </summary>
internal struct StreamState
{
    /// <summary>Of an empty stream.</summary>
    public StreamState()
    {
    }

    /// <summary>Lowest LSN kept.</summary>
    public long Head { readonly get; private set; }

    /// <summary>LSN of the next record.</summary>
    public long Tail { readonly get; private set; }

    /// <summary>Timestamp of the last record.</summary>
    public long? LastTimestamp { readonly get; private set; }

    /// <summary>Stored bytes between head and tail; an estimate once the stream was trimmed.</summary>
    public long Bytes { readonly get; private set; }

    /// <summary>Entry that sealed it; null while it is open.</summary>
    public long? SealEntry { readonly get; private set; }

    /// <summary>Entry that last moved the head.</summary>
    public long TrimEntry { readonly get; private set; }

    /// <summary>The fencing token; empty for none.</summary>
    public string FencingToken { readonly get; private set; } = string.Empty;

    /// <summary>Entry that last changed the token; 0 for one that a checkpoint vouches for.</summary>
    public long FenceEntry { readonly get; private set; }

    /// <summary>The producers; null until there is one.</summary>
    public ProducerTable? Producers { readonly get; private set; }

    /// <summary>The producers, ready to take one.</summary>
    public ProducerTable ProducersForWriting => Producers ??= new ProducerTable();

    /// <summary>Takes the state of a checkpoint.</summary>
    public void Restore(Checkpoints.StreamCheckpoint state, LogClock clock)
    {
        (Head, Tail, LastTimestamp, Bytes) = (state.Head, state.Tail, state.LastTimestamp, state.Bytes);
        SealEntry = state.Sealed ? state.LastEntry : null;
        FencingToken = state.FencingToken;
        foreach (var producer in state.Producers)
            ProducersForWriting.Add(Producer.Restore(producer, clock));
    }

    /// <summary>A batch was ordered at <paramref name="start"/>, which is the tail, or behind it where damage took what was between.</summary>
    public void Append(long start, int count, int bytes, long lastTimestamp)
    {
        Tail = start + count;
        Bytes += bytes;
        LastTimestamp = lastTimestamp;
    }

    /// <summary>Damage took the records up to an LSN.</summary>
    public void SkipTo(long tail) => Tail = Math.Max(Tail, tail);

    /// <summary>The head moves.</summary>
    public void Trim(long head, long entry)
    {
        if (head <= Head)
            return;

        Bytes = (long)(Bytes * (double)(Tail - head) / (Tail - Head));
        (Head, TrimEntry) = (head, entry);
    }

    /// <summary>The stream ends.</summary>
    public void Seal(long entry) => SealEntry ??= entry;

    /// <summary>The token changes.</summary>
    public void Fence(string token, long entry) => (FencingToken, FenceEntry) = (token, entry);
}
