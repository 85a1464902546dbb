using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Checkpoints;

/// <summary>
/// Everything that must be known of one stream to resume it without the WAL below <see cref="AsOf"/>: what a checkpoint keeps and what
/// replay starts from (docs/FORMAT.md §7). Captured under the stream's own lock, so that no entry stands half inside. It describes the
/// stream as ordered: what of it is not durable yet becomes so before the checkpoint is published.
/// </summary>
internal sealed record StreamCheckpoint
{
    /// <summary>The stream.</summary>
    public required StreamId Id { get; init; }

    /// <summary>End of the WAL at the capture: every entry of the stream below it is contained, none at or above it.</summary>
    public WalPosition AsOf { get; init; }

    /// <summary>Lowest LSN that can be read.</summary>
    public long Head { get; init; }

    /// <summary>LSN of the next record.</summary>
    public long Tail { get; init; }

    /// <summary>Everything below it is in published segments; at most the tail.</summary>
    public long Offloaded { get; init; }

    /// <summary>Number of the stream's last entry; 0 if there is none.</summary>
    public long LastEntry { get; init; }

    /// <summary>Timestamp of the last record, or null if there never was one.</summary>
    public long? LastTimestamp { get; init; }

    /// <summary>Stored bytes between head and tail: an estimate, for people.</summary>
    public long Bytes { get; init; }

    /// <summary>Highest term taken; 0 before the first.</summary>
    public long Term { get; init; }

    /// <summary>Generation of that term.</summary>
    public int Generation { get; init; }

    /// <summary>Where each term started, ascending. A term that ended at or below the head may be missing.</summary>
    public IReadOnlyList<TermStart> Terms { get; init; } = [];

    /// <summary>Ended for good at the tail.</summary>
    public bool Sealed { get; init; }

    /// <summary>The fencing token; empty for none.</summary>
    public string FencingToken { get; init; } = string.Empty;

    /// <summary>What is remembered of producers, in any order.</summary>
    public IReadOnlyList<ProducerCheckpoint> Producers { get; init; } = [];

    /// <summary>LSNs whose records were damaged, ascending and apart, within head and tail: reads are refused there, and appends everywhere.</summary>
    public IReadOnlyList<LsnRange> Faulty { get; init; } = [];

    /// <summary>
    /// LSNs that a WAL which is gone may have given away, ascending and apart, within head and tail: skipped when the stream was restored without it. Reads
    /// are refused there; appends are not.
    /// </summary>
    public IReadOnlyList<LsnRange> Lost { get; init; } = [];

    /// <summary>Something about the stream is not in its published snapshot; of the local checkpoint only.</summary>
    public bool Unpublished { get; init; }

    /// <summary>An entry behind the last known one may have been lost to damage: reads go on, appends are refused.</summary>
    public bool Suspect { get; init; }

    /// <summary>
    /// Where the record at the head stands in the WAL, or null if the stream needs nothing of it. Not persisted: the files from the lowest
    /// one of all streams on are kept.
    /// </summary>
    public WalPosition? OldestLive { get; init; }
}

/// <summary>Start of a leader's tenure.</summary>
internal readonly record struct TermStart(long Term, int Generation, long Start);

/// <summary>LSNs from <paramref name="From"/> up to, not including, <paramref name="To"/>.</summary>
internal readonly record struct LsnRange(long From, long To);

/// <summary>What a stream remembers of one producer.</summary>
/// <param name="Id">1 to <see cref="Limits.ProducerIdLength"/> ASCII characters.</param>
/// <param name="Epoch">Highest epoch seen.</param>
/// <param name="LastSequence">Last sequence taken in that epoch.</param>
/// <param name="LastSeen">Timestamp of its last batch, milliseconds since 1970 UTC.</param>
/// <param name="Results">Positions of its last batches, oldest first; the last one belongs to <paramref name="LastSequence"/>. At most 64.</param>
internal sealed record ProducerCheckpoint(string Id, int Epoch, long LastSequence, long LastSeen, IReadOnlyList<ProducerResult> Results);

/// <summary>Positions of one batch.</summary>
internal readonly record struct ProducerResult(long Start, int Count);
