using Orleans.Log.Cli.Terminal;
using Orleans.Log.Testing;

namespace Orleans.Log.Cli.Tests;

public sealed class NodesTests
{
    [Fact]
    public async Task Nodes_are_listed_with_what_they_carry_by_the_names_of_their_processes()
    {
        var (here, gone) = (Guid.NewGuid(), Guid.NewGuid());
        var view = new View(new ClusterDescription(
            "log",
            [new MemberDescription("10.0.0.5:1@2", "silo-0", "active")],
            [
                new NodeDescription(here, Guid.Empty, NodeCondition.Ready, "10.0.0.5:1@2", DateTimeOffset.UnixEpoch, 12, 1000, 4000, 300, TimeSpan.FromSeconds(7)),
                new NodeDescription(gone, Guid.Empty, NodeCondition.Away, "10.0.0.6:1@2", DateTimeOffset.UnixEpoch, 3, 500, null, null, null),
            ]));
        await using var server = await LogServer.StartAsync(new VolatileLogService(TimeProvider.System), view: view);

        (await new Olog(server.Url).RunAsync("nodes")).ShouldSucceed().Lines.Select(line => line.TrimEnd('\r')).ShouldBe(
        [
            $"{here:N}\tready\tsilo-0\t12\t1000\t4000\t300\t7 s",
            $"{gone:N}\taway\t10.0.0.6:1@2\t3\t500\t\t\t",
        ]);
        (await new Olog(server.Url).RunAsync("nodes", "--json")).ShouldSucceed().Json.GetProperty("nodes")[1].GetProperty("state").GetString().ShouldBe("away");
    }

    private sealed class View(ClusterDescription cluster) : IClusterView
    {
        public ValueTask<ClusterDescription> DescribeAsync(CancellationToken cancellationToken) => ValueTask.FromResult(cluster);
    }
}
