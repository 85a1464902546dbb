using Orleans.Log.Process.Faults.Load;

namespace Orleans.Log.Cluster.Faults;

/// <summary>Silos that are stopped where they stand and wake up again.</summary>
public sealed class StandstillTests
{
    /// <summary>How long it sleeps at least: far longer than anybody waits for it.</summary>
    private static readonly TimeSpan Sleep = TimeSpan.FromSeconds(60);

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

    [Fact]
    public async Task A_silo_that_wakes_beside_its_restored_successor_acknowledges_nothing_and_publishes_nothing()
    {
        await using var cluster = await TestCluster.StartAsync();
        var early = await KillTests.StartWritersAsync(cluster);
        await KillTests.AcknowledgedAsync(early, more: 20);
        foreach (var writer in early)
            await writer.FinishAsync();

        // All of it is in the store, so that the restore has nothing to report as lost.
        await SnapshotAllAsync(cluster, early);
        var frozen = (await cluster.NodesAsync()).Single(static node => node.Silo == "silo-2");
        var begin = new TaskCompletionSource();
        var late = await KillTests.StartWritersAsync(cluster, 'l', begin.Task);

        // What comes to it from now on waits in its sockets for the day when it wakes.
        await cluster.Silo(1).FreezeAsync();
        var asleep = TimeProvider.System.GetTimestamp();
        begin.SetResult();

        await GivenUpAsync(cluster, "silo-2");
        var successor = await cluster.AddSiloAsync(("OrleansLog__Restore", "true"), ("OrleansLog__RestoreFrom", frozen.Id));
        await KillTests.AcknowledgedAsync(late, more: 20);
        while (TimeProvider.System.GetElapsedTime(asleep) < Sleep)
            await KillTests.AcknowledgedAsync(late, more: 20);

        var zombie = cluster.Silo(1);
        await zombie.ThawAsync();
        await KillTests.AcknowledgedAsync(late, more: 20);
        (await zombie.EndedAsync()).ShouldNotBe(0, zombie.Said);

        await KillTests.AcknowledgedAsync(late, more: 20);
        foreach (var writer in late)
            await writer.FinishAsync();

        await VerifyAcrossGapsAsync(cluster, early, late);

        // The store has the successor's records and nobody else's: they come back from there when its directory is lost in turn.
        await SnapshotAllAsync(cluster, late);
        await cluster.KillSiloAsync(successor);
        Directory.Delete(cluster.DirectoryOf(successor), recursive: true);
        await cluster.StartSiloAsync(successor, ("OrleansLog__Restore", "true"));
        await VerifyAcrossGapsAsync(cluster, early, late);
    }

    private static async Task SnapshotAllAsync(TestCluster cluster, List<Writer> writers)
    {
        foreach (var writer in writers)
            await cluster.Client.SnapshotAsync(writer.Ledger.Writer[..^2]);
    }

    private static async Task VerifyAcrossGapsAsync(TestCluster cluster, List<Writer> early, List<Writer> late)
    {
        foreach (var (before, after) in early.Zip(late))
        {
            var stream = await cluster.Client.ReadAcrossGapsAsync(before.Ledger.Writer[..^2]);
            (before.Failure, after.Failure).ShouldBe((null, null));
            before.Ledger.Verify(stream);
            after.Ledger.Verify(stream);
        }
    }

    /// <summary>Ends when the cluster has given the silo up.</summary>
    private static async Task GivenUpAsync(TestCluster cluster, string silo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (await cluster.NodesAsync(patience.Token) is var nodes && nodes.Single(node => node.Silo == silo).State != "away")
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, patience.Token);
    }
}
