using Microsoft.Extensions.Diagnostics.HealthChecks;
using Orleans.Log.Engine;
using Orleans.Log.Grains.Setup;

namespace Orleans.Log.Silo.Health;

/// <summary>
/// The node reaches the cluster's blob store. While it does not, appends to streams that are led go on until the log has reached its budget; but nobody can begin to lead one, so a silo without the store is not ready:
/// the next silo of a rolling restart must wait.
/// </summary>
internal sealed class StoreCheck(LogNodeProbe node) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(Of(node.Health?.Store));

    internal static HealthCheckResult Of(StoreHealth? store)
    {
        if (store is null)
            return HealthCheckResult.Unhealthy("The node is not at work.");

        var facts = new Dictionary<string, object> { ["state"] = NameOf(store.State), ["lag_bytes"] = store.LagBytes, ["pinned_files"] = store.PinnedFiles };
        if (store.Lag is { } lag)
            facts["lag_seconds"] = lag.TotalSeconds;

        if (store.OldestPin is { } pin)
            (facts["oldest_pin"], facts["oldest_pin_reason"]) = (pin.ToString(), store.OldestPinReason ?? "");

        return store.State == StoreState.Working ? HealthCheckResult.Healthy(data: facts) : HealthCheckResult.Unhealthy(store.Failure ?? $"The blob store is {NameOf(store.State)}.", data: facts);
    }

    private static string NameOf(StoreState state) => state switch
    {
        StoreState.Attaching => "attaching",
        StoreState.Working => "working",
        StoreState.Failing => "failing",
        StoreState.Fenced => "fenced",
        StoreState.Refused => "refused",
        _ => "unknown",
    };
}
