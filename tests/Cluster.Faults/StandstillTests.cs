using Orleans.Log.Process.Faults.Load;

namespace Orleans.Log.Cluster.Faults;

/// <summary>Silos that are stopped where they stand and wake up again.</summary>
public sealed class StandstillTests
{
    [Fact]
    public async Task A_silo_that_was_given_up_while_it_slept_ends_when_it_wakes_and_nothing_is_lost()
    {
        await using var cluster = await TestCluster.StartAsync();
        var writers = await KillTests.StartWritersAsync(cluster);
        await KillTests.AcknowledgedAsync(writers, more: 20);

        await cluster.Silo(1).FreezeAsync();

        // Nobody else gets its directory for as long as it exists, asleep or not.
        await using (var twin = cluster.LaunchTwin(1))
        {
            (await twin.EndedAsync()).ShouldNotBe(0);
            twin.Said.ShouldContain("another process");
        }

        await GivenUpAsync(cluster, "silo-2");
        await cluster.Silo(1).ThawAsync();

        // The others have declared it dead, so it must not go on as a member.
        (await cluster.Silo(1).EndedAsync()).ShouldNotBe(0);
        await cluster.StartSiloAsync(1);
        await KillTests.AcknowledgedAsync(writers, more: 20);
        foreach (var writer in writers)
            await writer.FinishAsync();

        await KillTests.VerifyAsync(cluster, writers);
    }

    /// <summary>Ends when the cluster has given the silo up.</summary>
    private static async Task GivenUpAsync(TestCluster cluster, string silo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (await cluster.NodesAsync(patience.Token) is var nodes && nodes.Single(node => node.Silo == silo).State != "away")
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, patience.Token);
    }
}
