using Orleans.Runtime;

namespace Orleans.Log.Grains.Tests;

/// <summary>What killed silos leave behind in the process of the tests.</summary>
public sealed class KillableMembershipTests
{
    [Fact]
    public async Task The_membership_updates_of_a_killed_silo_do_not_end()
    {
        await using var log = await TestLog.StartAsync();
        var membership = log.Of<IClusterMembershipService>(0);
        await log.Cluster.KillSiloAsync(log.Cluster.Silos[0]);
        using var giveUp = new CancellationTokenSource();
        await using var updates = membership.MembershipUpdates.GetAsyncEnumerator(giveUp.Token);

        var next = updates.MoveNextAsync();

        next.IsCompleted.ShouldBeFalse("a loop over them would spin");
        await giveUp.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(next.AsTask);
    }
}
