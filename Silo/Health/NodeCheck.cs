using Microsoft.Extensions.Diagnostics.HealthChecks;
using Orleans.Log.Engine;
using Orleans.Log.Engine.Wal;
using Orleans.Log.Grains.Setup;

namespace Orleans.Log.Silo.Health;

/// <summary>The node has recovered its log, and its disk takes appends.</summary>
internal sealed class NodeCheck(LogNodeProbe node) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(Of(node.Health));

    internal static HealthCheckResult Of(LogNodeHealth? health)
    {
        if (health is null)
            return HealthCheckResult.Unhealthy("The node is not at work: it recovers its log, or has stopped.");

        var facts = new Dictionary<string, object>
        {
            ["state"] = StateOf(health),
            ["wal_sync"] = health.WritesAreDurable ? "direct" : "fdatasync",
            ["wal_bytes"] = health.WalBytes,
            ["streams"] = health.Streams,
            ["damaged_streams"] = health.DamagedStreams,
        };
        if (health.CatalogDamage is { } damage)
            facts["catalog_damage"] = damage;

        if (health.CheckpointFailure is { } checkpoint)
            facts["checkpoint_failure"] = checkpoint;

        return health.Ready ? HealthCheckResult.Healthy(data: facts) : HealthCheckResult.Unhealthy(health.Failure ?? $"The node is {StateOf(health)}.", data: facts);
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
