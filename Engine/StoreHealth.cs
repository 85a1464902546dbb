namespace Orleans.Log.Engine;

/// <summary>How a node stands with its blob store.</summary>
public enum StoreState
{
    /// <summary>It was away at the start, and is tried again.</summary>
    Attaching,

    /// <summary>At work.</summary>
    Working,

    /// <summary>The last attempt to offload failed; it is tried again.</summary>
    Failing,

    /// <summary>The node was replaced by another one, and takes no appends any more.</summary>
    Fenced,

    /// <summary>The store and the data directory do not belong together: nothing is offloaded.</summary>
    Refused,
}

/// <summary>How a node is doing with its blob store: facts, for a health check and for people.</summary>
/// <param name="State">Where it stands.</param>
/// <param name="Failure">What went wrong last, or null.</param>
/// <param name="LagBytes">Bytes of records that are in no published segment, about.</param>
/// <param name="Lag">Age of the oldest change that is not published; null if there is none.</param>
/// <param name="PinnedFiles">WAL files from the oldest one that is kept for records which are not offloaded.</param>
/// <param name="OldestPin">The stream that keeps that oldest file, or null.</param>
/// <param name="OldestPinReason">Why it is not offloaded: "not offloaded" (yet), or "damaged".</param>
public sealed record StoreHealth(
    StoreState State, string? Failure, long LagBytes, TimeSpan? Lag, long PinnedFiles, StreamId? OldestPin, string? OldestPinReason);
