namespace Orleans.Log.Engine;

/// <summary>
/// Defects that can be planted in streams, the catalog and checkpoints, so that a suite can show that it would find them. Looked at where the code
/// forks for them, never where an append is ordered or completed; a product has no way to set one.
/// </summary>
[Flags]
internal enum NodeSabotage
{
    /// <summary>None: the product.</summary>
    None = 0,

    /// <summary>A repeated batch is answered at once, although the original is not durable yet.</summary>
    AnswerRepeatsAtOnce = 1 << 0,

    /// <summary>A restart does not rebuild the producers' table from the log.</summary>
    ForgetProducers = 1 << 1,

    /// <summary>A restart does not apply fences from the log.</summary>
    ForgetFences = 1 << 2,

    /// <summary>A restart does not apply seals from the log.</summary>
    ForgetSeals = 1 << 3,

    /// <summary>A restart does not apply deletions of streams from the log.</summary>
    ForgetDeletions = 1 << 4,

    /// <summary>A restart applies entries that the checkpoint contains already.</summary>
    ApplyBelowAsOf = 1 << 5,

    /// <summary>A change of the catalog is answered when it is ordered, not when it is durable.</summary>
    AnswerCatalogAtOnce = 1 << 6,

    /// <summary>A checkpoint is published although the log is not durable up to its captures.</summary>
    PublishBeforeSettle = 1 << 7,

    /// <summary>A checkpoint is published without being flushed.</summary>
    SkipCheckpointFlush = 1 << 8,

    /// <summary>A checkpoint is published although its name is not durable.</summary>
    SkipCheckpointDirectoryFlush = 1 << 9,

    /// <summary>Everything below a checkpoint is given up, records that can still be read included.</summary>
    ReclaimLiveRecords = 1 << 10,
}

internal static class NodeSabotageExtensions
{
    /// <summary>Is a defect planted? Unlike HasFlag it allocates in no build.</summary>
    public static bool Has(this NodeSabotage set, NodeSabotage defect) => (set & defect) != 0;
}
