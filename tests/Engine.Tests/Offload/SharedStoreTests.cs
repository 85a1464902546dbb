using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Simulation.OffloadLevel;
using Orleans.Log.Engine.Tests.Node;
using Orleans.Log.Testing;

namespace Orleans.Log.Engine.Tests.Offload;

/// <summary>Several nodes with streams of their own in one store, as the silos of a cluster have it.</summary>
public sealed class SharedStoreTests : IAsyncDisposable
{
    private readonly MemoryBlobStore _blobs = new();
    private readonly List<NodeBench> _nodes = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
    }

    [Fact]
    public async Task Nodes_join_one_after_the_other_publish_side_by_side_and_come_back()
    {
        for (var i = 0; i < 3; i++)
        {
            var node = await StartAsync();
            for (var k = 0; k < 20; k++)
                await (await node.CreateAsync($"n{i}.s{k}")).Append($"{i}:{k}");
        }

        await Task.WhenAll(_nodes.Select(node => node.Node.Store!.OffloadAllAsync()));

        for (var i = 0; i < 3; i++)
        {
            await _nodes[i].RestartAsync();
            for (var k = 0; k < 20; k++)
                (await (await _nodes[i].OpenAsync($"n{i}.s{k}")).DescribeAsync(CancellationToken.None)).Offloaded.ShouldBe(1);
        }
    }

    [Fact]
    public async Task A_lost_node_is_restored_and_the_others_keep_theirs()
    {
        var (first, second) = (await StartAsync(), await StartAsync());
        await (await first.CreateAsync("a")).Append("0");
        await (await second.CreateAsync("b")).Append("0");
        await first.Node.Store!.OffloadAllAsync();
        await second.Node.Store!.OffloadAllAsync();
        var lost = first.Node.NodeId;
        await first.KillAsync();

        first.Disk = new SimulatedDisk();
        var report = await LogNode.RestoreAsync(first.Options, first.Host(), new RestoreRequest(lost));

        report.Streams.Select(stream => stream.Name.Value).ShouldBe(["a"]);
        await first.StartAsync();
        (await (await first.OpenAsync("a")).Append("1")).Start.ShouldBeGreaterThan(1);
        (await (await second.OpenAsync("b")).Append("1")).Start.ShouldBe(1);
        await second.Node.Store!.OffloadAllAsync();
        (await StoreReader.RootAsync(_blobs, "b"))!.Owner.Node.ShouldBe(second.Node.NodeId);
    }

    [Fact]
    public async Task Without_being_told_that_the_store_is_shared_an_empty_directory_is_refused()
    {
        var first = await StartAsync();
        await (await first.CreateAsync("a")).Append("0");
        await first.Node.Store!.OffloadAllAsync();
        var alone = new NodeBench { Blobs = _blobs, Time = new ManualTimeProvider(), BackgroundOffload = false };
        _nodes.Add(alone);

        (await Should.ThrowAsync<StoreRefusedException>(() => alone.StartAsync())).Problem.ShouldBe(StoreProblem.NeedsRestore);
    }

    private async Task<NodeBench> StartAsync()
    {
        var node = new NodeBench { Blobs = _blobs, Time = new ManualTimeProvider(), BackgroundOffload = false, StoreIsShared = true };
        _nodes.Add(node);
        await node.StartAsync();
        return node;
    }
}
