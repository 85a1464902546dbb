using Orleans.Log.Engine;

namespace Orleans.Log.Standalone.Web;

/// <summary>The one node, in no cluster.</summary>
internal sealed class NodeView(LogNode node, long walBudget, TimeProvider time) : IClusterView
{
    public ValueTask<ClusterDescription> DescribeAsync(CancellationToken cancellationToken)
    {
        var health = node.Health;
        var description = new NodeDescription(
            node.NodeId,
            node.WalId,
            health.Ready ? NodeCondition.Ready : NodeCondition.NotReady,
            Member: null,
            time.GetUtcNow(),
            health.Streams,
            health.WalBytes,
            walBudget < long.MaxValue ? walBudget : null,
            health.Store?.LagBytes,
            health.Store?.Lag);
        return ValueTask.FromResult(new ClusterDescription(Id: null, [], [description]));
    }
}
