using Orleans.Log.Engine;
using Orleans.Log.Standalone.Web;
using Orleans.Log.Testing;

namespace Orleans.Log.Standalone.Tests;

/// <summary>A server that is in no cluster says of itself what a cluster says of its nodes.</summary>
public sealed class NodeViewTests
{
    [Fact]
    public async Task It_is_one_node_with_its_streams_and_its_log()
    {
        var factory = new LogNodeFactory();
        var time = new ManualTimeProvider();
        var node = (LogNode)await factory.StartAsync(time);
        try
        {
            await node.EnsureAsync(StreamName.Parse("s"), new StreamConfigPatch(), EnsureCondition.None, CancellationToken.None);

            var cluster = await new NodeView(node, walBudget: 1 << 30, time).DescribeAsync(CancellationToken.None);

            cluster.Id.ShouldBeNull();
            cluster.Members.ShouldBeEmpty();
            cluster.Nodes.ShouldHaveSingleItem().ShouldBe(
                new NodeDescription(node.NodeId, node.WalId, NodeCondition.Ready, null, time.GetUtcNow(), 1, node.Health.WalBytes, 1 << 30, null, null));
            (await new NodeView(node, walBudget: long.MaxValue, time).DescribeAsync(CancellationToken.None)).Nodes[0].WalBudgetBytes.ShouldBeNull();
        }
        finally
        {
            await factory.StopAsync();
        }
    }
}
