namespace Orleans.Log.Engine.Wal;

/// <summary>What recovery found and did; logged as one line and shown by <c>olog doctor</c>.</summary>
/// <param name="Formatted">The directory was new and has been formatted.</param>
/// <param name="Clean">The node had been shut down cleanly.</param>
/// <param name="Files">WAL files read, prepared ones included.</param>
/// <param name="Bytes">Bytes of valid blocks.</param>
/// <param name="Blocks">Valid blocks.</param>
/// <param name="Entries">Entries delivered.</param>
/// <param name="CutBytes">Bytes behind the last valid block that were never acknowledged and have been zeroed.</param>
/// <param name="CutBlocks">Blocks of which something was found behind the cut.</param>
/// <param name="DamagedEntries">Acknowledged entries whose header holds and whose body does not.</param>
/// <param name="Damage">Ranges in which acknowledged records of unknown streams are lost.</param>
/// <param name="HeadersRepairedFromContext">Damaged block or file headers that cost no record.</param>
/// <param name="Tail">Where writing goes on.</param>
/// <param name="Duration">How long it took.</param>
public sealed record WalRecoveryReport(
    bool Formatted,
    bool Clean,
    int Files,
    long Bytes,
    long Blocks,
    long Entries,
    long CutBytes,
    int CutBlocks,
    long DamagedEntries,
    IReadOnlyList<WalRange> Damage,
    int HeadersRepairedFromContext,
    WalPosition Tail,
    TimeSpan Duration);

/// <summary>Places from <paramref name="From"/> to before <paramref name="To"/>.</summary>
public readonly record struct WalRange(WalPosition From, WalPosition To);
