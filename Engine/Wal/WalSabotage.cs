namespace Orleans.Log.Engine.Wal;

/// <summary>
/// Defects that can be planted in the WAL, so that a suite can show that it would find them. Looked at where the code forks for
/// them, never on the append path; a product has no way to set one.
/// </summary>
[Flags]
internal enum WalSabotage
{
    /// <summary>None: the product.</summary>
    None = 0,

    /// <summary>A block counts as durable when it is handed to a writer, not when its write and flush returned.</summary>
    AcknowledgeBeforeFlush = 1 << 0,

    /// <summary>A block is completed when its own write returned, whatever became of its predecessors.</summary>
    CompleteOutOfOrder = 1 << 1,

    /// <summary>Recovery does not compare a block with the header checksum of its predecessor.</summary>
    IgnoreChain = 1 << 2,

    /// <summary>Recovery treats corruption of acknowledged data like a torn tail and cuts it off.</summary>
    CutOnCorruption = 1 << 3,

    /// <summary>Recovery takes blocks and records of an earlier life of a recycled file.</summary>
    TrustStaleFile = 1 << 4,

    /// <summary>New and renamed WAL files are not made durable in their directory.</summary>
    SkipDirectoryFlush = 1 << 5,

    /// <summary>What lies behind a cut is not zeroed.</summary>
    SkipZeroAfterCut = 1 << 6,

    /// <summary>Recovery trusts the page cache: no flush before reading.</summary>
    SkipFlushBeforeRead = 1 << 7,

    /// <summary>Record checksums are taken over the record only, not over its place.</summary>
    IgnorePlace = 1 << 8,

    /// <summary>Bodies are not verified.</summary>
    IgnoreBodyChecksum = 1 << 9,

    /// <summary>A hole is jumped: blocks behind the first bad one are used although it was never acknowledged.</summary>
    UseBlocksBehindHole = 1 << 10,

    /// <summary>The quiet mark and the durable-through field are not used as evidence.</summary>
    IgnoreDurableThrough = 1 << 11,

    /// <summary>After a failed write the block is written again and counted when that succeeds.</summary>
    RetryFailedFlush = 1 << 12,

    /// <summary>More blocks are put in flight than the header's bound says.</summary>
    ExceedInFlightBound = 1 << 13,

    /// <summary>The page-cache path never flushes.</summary>
    SkipFlush = 1 << 14,

    /// <summary>Files are reclaimed before the control slot says so.</summary>
    ReclaimBeforeControlSlot = 1 << 15,

    /// <summary>Of two control slots the first that is readable counts, not the newer; an unreadable one is passed over.</summary>
    TakeAnyControlSlot = 1 << 16,

    /// <summary>The control slot does not record how far the log is durable while the log works.</summary>
    SkipRecord = 1 << 17,

    /// <summary>A prepared file is used although no control slot names it.</summary>
    UseUnnamedFile = 1 << 18,
}

internal static class WalSabotageExtensions
{
    /// <summary>Is a defect planted? Unlike HasFlag it allocates in no build.</summary>
    public static bool Has(this WalSabotage set, WalSabotage defect) => (set & defect) != 0;
}
