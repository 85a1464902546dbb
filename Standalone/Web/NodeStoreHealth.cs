using Orleans.Log.Engine;

namespace Orleans.Log.Standalone.Web;

/// <summary>How a node stands with its blob store, for <c>/health</c>. Appends do not depend on it until the WAL has reached its budget, so it does not make a node unready.</summary>
/// <param name="State"><c>attaching</c>, <c>working</c>, <c>failing</c>, <c>fenced</c> (this node was replaced by a restored one) or <c>refused</c>.</param>
/// <param name="Failure">What went wrong last, or null.</param>
/// <param name="LagBytes">Bytes of records that are in no published segment, about.</param>
/// <param name="LagSeconds">Age of the oldest change that is not published; null if there is none.</param>
/// <param name="PinnedFiles">WAL files that are kept for records which are not in the store yet.</param>
/// <param name="OldestPin">Id of the stream that keeps the oldest one, or null.</param>
/// <param name="OldestPinReason">Why, or null.</param>
internal sealed record NodeStoreHealth(
    string State, string? Failure, long LagBytes, double? LagSeconds, long PinnedFiles, string? OldestPin, string? OldestPinReason)
{
    public static NodeStoreHealth Of(StoreHealth store) => new(
        StateOf(store.State),
        store.Failure,
        store.LagBytes,
        store.Lag?.TotalSeconds,
        store.PinnedFiles,
        store.OldestPin?.ToString(),
        store.OldestPinReason);

    private static string StateOf(StoreState state) => state switch
    {
        StoreState.Attaching => "attaching",
        StoreState.Working => "working",
        StoreState.Failing => "failing",
        StoreState.Fenced => "fenced",
        StoreState.Refused => "refused",
        _ => "unknown",
    };
}
