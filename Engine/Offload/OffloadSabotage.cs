namespace Orleans.Log.Engine.Offload;

/// <summary>
/// Defects that can be planted on the way to the store, so that a suite can show that it would find them. A product has no way to set one.
/// </summary>
[Flags]
internal enum OffloadSabotage
{
    /// <summary>None: the product.</summary>
    None = 0,

    /// <summary>A cut is published although the log is not durable up to it.</summary>
    PublishBeforeDurable = 1 << 0,

    /// <summary>What was written to the store is not read back.</summary>
    SkipReadBack = 1 << 1,

    /// <summary>The log is given up behind a segment that no root names yet.</summary>
    MarkBeforeRoot = 1 << 2,

    /// <summary>A root page that somebody else has replaced is replaced all the same.</summary>
    IgnoreRootConflict = 1 << 3,

    /// <summary>A sweep goes on although not everything could be read.</summary>
    SweepBlindly = 1 << 4,

    /// <summary>A sweep does not spare what is under way.</summary>
    SweepAttemptsUnderWay = 1 << 5,

    /// <summary>A restored stream goes on where its snapshot ended, although the lost log may have given away what follows.</summary>
    RestoreWithoutGap = 1 << 6,

    /// <summary>A pack of snapshots is named by roots although it was not read back.</summary>
    TrustUnverifiedSnapshot = 1 << 7,

    /// <summary>A restore takes over a deleted stream beside the one that has its name now.</summary>
    RestoreNamesakes = 1 << 8,
}

internal static class OffloadSabotageExtensions
{
    /// <summary>Is a defect planted? Unlike HasFlag it allocates in no build.</summary>
    public static bool Has(this OffloadSabotage set, OffloadSabotage defect) => (set & defect) != 0;
}
