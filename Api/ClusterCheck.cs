using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Orleans.Log.Api;

/// <summary>The front is ready when a silo answers it.</summary>
internal sealed class ClusterCheck(IClusterView cluster) : IHealthCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var found = await cluster.DescribeAsync(cancellationToken).AsTask().WaitAsync(Patience, cancellationToken);
            var active = found.Members.Count(static member => member.State == "active");
            var facts = new Dictionary<string, object> { ["members"] = active, ["nodes"] = found.Nodes.Count(static node => node.State == NodeCondition.Ready) };
            return active > 0 ? HealthCheckResult.Healthy(data: facts) : HealthCheckResult.Unhealthy("The cluster has no active member.", data: facts);
        }
        catch (Exception error) when (error is LogException or TimeoutException)
        {
            return HealthCheckResult.Unhealthy($"The cluster does not answer: {error.Message}");
        }
    }
}
