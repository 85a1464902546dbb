using Microsoft.Extensions.Diagnostics.HealthChecks;
using Orleans.Runtime;

namespace Orleans.Log.Silo.Health;

/// <summary>The silo is an active member of its cluster, as far as it knows.</summary>
internal sealed class MembershipCheck(IClusterMembershipService membership, ILocalSiloDetails silo) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var members = membership.CurrentSnapshot;
        var status = members.GetSiloStatus(silo.SiloAddress);
        var facts = new Dictionary<string, object>
        {
            ["silo"] = silo.Name,
            ["address"] = silo.SiloAddress.ToString(),
            ["cluster"] = silo.ClusterId,
            ["status"] = status.ToString(),
            ["active_members"] = members.Members.Values.Count(member => member.Status == SiloStatus.Active),
        };
        return Task.FromResult(status == SiloStatus.Active ? HealthCheckResult.Healthy(data: facts) : HealthCheckResult.Unhealthy("The silo is no active member of the cluster.", data: facts));
    }
}
