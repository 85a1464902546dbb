namespace Orleans.Log.Engine.Wal;

/// <summary>Type of a WAL record. Persisted: never renumber (docs/FORMAT.md §5).</summary>
public enum WalEntryType : byte
{
    /// <summary>A batch of records.</summary>
    Append = 1,

    /// <summary>A leader's term was taken.</summary>
    Term = 2,

    /// <summary>The head moved.</summary>
    Trim = 3,

    /// <summary>The stream ended.</summary>
    Seal = 4,

    /// <summary>The fencing token changed.</summary>
    Fence = 5,

    /// <summary>Producers were forgotten.</summary>
    ProducerExpiry = 6,

    /// <summary>A stream was created.</summary>
    StreamCreated = 16,

    /// <summary>A stream's configuration changed.</summary>
    StreamConfigured = 17,

    /// <summary>A stream was deleted.</summary>
    StreamDeleted = 18,
}

/// <summary>Flags of a WAL record. Persisted.</summary>
[Flags]
public enum WalEntryFlags : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>A producer stamp leads the body.</summary>
    Producer = 1,
}

/// <summary>What the header of a WAL record says of an entry (docs/FORMAT.md §5).</summary>
public readonly record struct WalEntry(
    WalEntryType Type,
    WalEntryFlags Flags,
    StreamId Stream,
    long Term,
    int Generation,
    int Count,
    long Lsn,
    long Entry,
    long Timestamp);

/// <summary>The body of an entry, encoded straight into the block. Implemented by structs, so that a call costs no allocation.</summary>
public interface IWalBody
{
    /// <summary>Exact length in bytes; at most the largest body.</summary>
    int Length { get; }

    /// <summary>Fills the span, whose length is <see cref="Length"/> and whose content is undefined.</summary>
    void WriteTo(Span<byte> destination);
}

/// <summary>
/// Told when entries become durable. Called from the WAL's one completion loop, in WAL order, never from two threads at once, and
/// never under a lock of the WAL; must not block and must not run user code.
/// </summary>
public interface IWalSubscriber
{
    /// <summary>
    /// A field of the subscriber in which the WAL keeps its own note (where in the open block the subscriber is noted already), so that
    /// noting it again costs no look-up. The subscriber never touches it.
    /// </summary>
    ref WalSlot Slot { get; }

    /// <summary>Every entry of this subscriber up to and including <paramref name="entry"/> is durable.</summary>
    void OnDurable(long entry);

    /// <summary>The WAL has failed: every entry not yet reported durable is lost or unknown. Called once, last.</summary>
    void OnFailed(Exception error);
}

/// <summary>The WAL's note in a subscriber; guarded by the WAL's lock.</summary>
public struct WalSlot
{
    internal long Block;
    internal int Index;
}
