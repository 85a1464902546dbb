namespace Orleans.Log.Engine.Wal;

/// <summary>The answer to <see cref="WriteAheadLog.TryAdmit"/>.</summary>
public enum WalAdmission
{
    /// <summary>Come in: the bytes are counted as in flight until they are durable, or released.</summary>
    Admitted,

    /// <summary>Too many bytes are in flight, or files are being prepared more slowly than they are filled. Passes by itself.</summary>
    Overloaded,

    /// <summary>The disk or its budget is full. Passes when space is freed.</summary>
    Full,

    /// <summary>The WAL was closed or has failed.</summary>
    Stopped,
}

/// <summary>What an entry is, for admission.</summary>
public enum WalClass
{
    /// <summary>A batch of records, and whatever is as large: prepared room, but not the reserve.</summary>
    Append,

    /// <summary>Small entries that must go on when the disk is full: term, trim, seal, fence, deletion. May use the reserve.</summary>
    Control,

    /// <summary>
    /// A small entry that lets go of what stands in the oldest file, and the term that it needs: may use what the others must leave, because on a full
    /// disk nothing else can end the want of room.
    /// </summary>
    Relief,
}
