using Orleans.Log.Engine;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Standalone.Web;

/// <summary>How the node is, for <c>/health</c>. The address is bound once the node has recovered, so "recovering" is no answer that it can give.</summary>
/// <param name="Ready">Takes appends and serves reads.</param>
/// <param name="State"><c>ready</c>, <c>full</c> (reads and trims work), <c>draining</c>, <c>stopped</c> or <c>failed</c>.</param>
/// <param name="WalSync">How writes are made durable: <c>direct</c>, or <c>fdatasync</c> where that was asked for or the file system wants it.</param>
/// <param name="Streams">Number of streams.</param>
/// <param name="DamagedStreams">Streams that take no appends because something acknowledged is damaged; reads of what is whole work.</param>
/// <param name="CatalogDamage">Why no stream can be made or changed, or null.</param>
/// <param name="CheckpointFailure">Why the last checkpoint failed, or null; the WAL grows while it lasts.</param>
/// <param name="WalBytes">What the WAL takes on disk, in bytes.</param>
/// <param name="Store">How it stands with the blob store; null without one.</param>
/// <param name="RecoveredEntries">WAL entries that the start replayed.</param>
/// <param name="RecoverySeconds">How long the start took.</param>
internal sealed record NodeHealth(
    bool Ready,
    string State,
    string WalSync,
    int Streams,
    int DamagedStreams,
    string? CatalogDamage,
    string? CheckpointFailure,
    long WalBytes,
    NodeStoreHealth? Store,
    long RecoveredEntries,
    double RecoverySeconds)
{
    /// <summary>The connections of the server.</summary>
    public ConnectionHealth? Connections { get; init; }

    public static NodeHealth Of(LogNode node)
    {
        var health = node.Health;
        return new NodeHealth(
            health.Ready,
            StateOf(health),
            health.WritesAreDurable ? "direct" : "fdatasync",
            health.Streams,
            health.DamagedStreams,
            health.CatalogDamage,
            health.CheckpointFailure,
            health.WalBytes,
            health.Store is { } store ? NodeStoreHealth.Of(store) : null,
            node.Recovery.Wal.Entries,
            node.Recovery.Duration.TotalSeconds);
    }

    private static string StateOf(LogNodeHealth health) => health switch
    {
        { Failure: not null } => "failed",
        { Stage: LogNodeStage.Draining } => "draining",
        { Stage: LogNodeStage.Stopped } => "stopped",
        { Admission: WalAdmission.Full } => "full",
        { Ready: true } => "ready",
        _ => "failed",
    };
}
