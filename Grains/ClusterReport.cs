using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Log.Grains.Nodes;
using Orleans.Runtime;

namespace Orleans.Log.Grains;

/// <summary>Who is in the cluster and what each node carries, as this silo knows it.</summary>
internal sealed class ClusterReport(NodeMap nodes, IClusterMembershipService membership, IOptions<ClusterOptions> cluster)
{
    /// <summary>The cluster now, at most a second old.</summary>
    public async Task<ClusterDescription> MakeAsync()
    {
        var members = membership.CurrentSnapshot.Members.Values
            .Select(static member => new MemberDescription(member.SiloAddress.ToParsableString(), member.Name, NameOf(member.Status)))
            .OrderBy(static member => member.Address, StringComparer.Ordinal);
        var all = (await nodes.ListAsync()).Select(static node => Describe(node.Node.Record, node.Present)).OrderBy(static node => node.Id);
        return new ClusterDescription(cluster.Value.ClusterId, [.. members], [.. all]);
    }

    private static NodeDescription Describe(NodeRecord record, bool present) => new(
        record.Node,
        record.Wal,
        StateOf(record, present),
        record.Silo,
        DateTimeOffset.FromUnixTimeMilliseconds(record.At),
        record.Load.Streams,
        record.Load.WalBytes,
        record.Load.WalBudgetBytes,
        record.Load.LagBytes,
        record.Load.LagSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null);

    private static NodeCondition StateOf(NodeRecord record, bool present) => record.Stage switch
    {
        NodeStage.Replaced => NodeCondition.Replaced,
        NodeStage.Stopped => NodeCondition.Stopped,
        _ when !present => NodeCondition.Away,
        _ => record.Load.Ready ? NodeCondition.Ready : NodeCondition.NotReady,
    };

    private static string NameOf(SiloStatus status) => status switch
    {
        SiloStatus.Created => "created",
        SiloStatus.Joining => "joining",
        SiloStatus.Active => "active",
        SiloStatus.ShuttingDown => "shutting_down",
        SiloStatus.Stopping => "stopping",
        SiloStatus.Dead => "dead",
        _ => "unknown",
    };
}
