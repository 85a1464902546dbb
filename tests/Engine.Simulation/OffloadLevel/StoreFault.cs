namespace Orleans.Log.Engine.Simulation.OffloadLevel;

/// <summary>What a store may do to a call. In brackets what it looks like over HTTP.</summary>
internal enum StoreFault
{
    /// <summary>It asks for fewer calls (429, 503 with Retry-After). Nothing has happened.</summary>
    Throttled,

    /// <summary>It fails inside (500), or cannot be reached at all. Nothing has happened.</summary>
    Failed,

    /// <summary>A write has happened, and its answer was lost (500, time-out).</summary>
    AnswerLost,

    /// <summary>A write has not happened, and nobody can tell (time-out).</summary>
    RequestLost,

    /// <summary>A write has happened, and a second attempt that somebody made on the way was refused for its sake (412 of a replacement, 409 of a new blob).</summary>
    RefusedAfterAll,

    /// <summary>It answers late (slow): other things happen in between, the death of the process included, and then the write may still arrive.</summary>
    Slow,

    /// <summary>A segment or a pack is stored with a flipped bit.</summary>
    FlippedUpload,

    /// <summary>Only the beginning of a segment or a pack is stored.</summary>
    TruncatedUpload,

    /// <summary>A blob is read with a flipped bit, once.</summary>
    FlippedDownload,

    /// <summary>Only the beginning of what was asked for is read, once.</summary>
    TruncatedDownload,

    /// <summary>It is away for so long that the log runs full.</summary>
    Away,
}
