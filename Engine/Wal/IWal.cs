namespace Orleans.Log.Engine.Wal;

/// <summary>
/// What streams use of the node's write-ahead log. Safe for use by any number of threads. An entry is admitted first and then
/// appended, exactly once, without waiting in between.
/// </summary>
internal interface IWal
{
    /// <summary>Takes permits for one entry with a body of so many bytes, or says why not. Never waits.</summary>
    WalAdmission TryAdmit(long bodyBytes, WalClass cls);

    /// <summary>
    /// Encodes an admitted entry into the open block; never waits for the disk. Called under the stream's own lock, so that a stream's entries
    /// stand in the WAL in their own order. The body's memory is free when it returns. Throws only if the WAL has stopped.
    /// </summary>
    /// <returns>Where the entry stands.</returns>
    WalPosition Append<TBody>(in WalEntry entry, in TBody body, IWalSubscriber subscriber)
        where TBody : struct, IWalBody;

    /// <summary>Behind everything appended so far: a later entry stands here or higher.</summary>
    WalPosition End { get; }

    /// <summary>Start of the oldest file that still counts.</summary>
    WalPosition Head { get; }

    /// <summary>End of what is durable.</summary>
    WalPosition DurableThrough { get; }

    /// <summary>Reads durable entries from a position on, which is that of an entry or a bound between two.</summary>
    IWalCursor OpenCursor(WalPosition from);
}

/// <summary>
/// Walks the durable entries of all streams in WAL order. For one thread. What does not verify is stepped over, so that a stream can be read although
/// another one's record beside it is lost; a stream sees its own loss as a hole in its dense entry numbers, or as a <see cref="Body"/> that throws
/// <see cref="LogException"/> with <see cref="LogErrorCode.Corrupt"/>.
/// </summary>
public interface IWalCursor : IDisposable
{
    /// <summary>Goes to the next entry, or returns false at the end of what is durable.</summary>
    bool MoveNext();

    /// <summary>The entry.</summary>
    WalEntry Entry { get; }

    /// <summary>Its body, valid until the next call.</summary>
    ReadOnlySpan<byte> Body { get; }

    /// <summary>Was the body, when it was last asked for, in memory and not in a file?</summary>
    bool InMemory { get; }

    /// <summary>Where it stands.</summary>
    WalPosition Position { get; }

    /// <summary>Goes on from a position, forward or back.</summary>
    void Seek(WalPosition position);
}
