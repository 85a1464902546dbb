using Microsoft.Extensions.DependencyInjection;
using Orleans.Messaging;
using Orleans.Runtime;

namespace Orleans.Log.Clustering.Tests;

/// <summary>Real silos and clients on a shared folder.</summary>
public sealed class FileClusterTests : IAsyncLifetime
{
    private readonly FileCluster _cluster = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Silos_find_each_other_one_that_is_killed_is_declared_dead_and_clients_find_the_rest()
    {
        var silos = new[] { await _cluster.StartSiloAsync(), await _cluster.StartSiloAsync() };
        var (process, killed) = await _cluster.StartProcessAsync();
        foreach (var silo in silos)
            await FileCluster.SeesAsync(silo, static seen => Active(seen) == 3);

        var (client, started) = _cluster.BeginClient();
        await started;
        (await HostsAsync(client)).Count.ShouldBe(3);

        process.Kill();
        await FileCluster.SeesAsync(silos[0], seen => seen.GetSiloStatus(killed) == SiloStatus.Dead);
        var row = (await silos[1].Services.GetRequiredService<IMembershipTable>().ReadRowAsync(killed)).Members.ShouldHaveSingleItem().Item1;
        row.Status.ShouldBe(SiloStatus.Dead);
        row.SuspectTimes.ShouldNotBeEmpty();
        row.SuspectTimes.ShouldAllBe(suspicion => !suspicion.Item1.Equals(killed), "it did not say so itself");

        var late = _cluster.BeginClient();
        await late.Started;
        (await HostsAsync(late.Client)).Keys.ShouldBe([FileCluster.AddressOf(silos[0]), FileCluster.AddressOf(silos[1])], ignoreOrder: true);
        (await late.Client.Services.GetRequiredService<IGatewayListProvider>().GetGateways()).Count.ShouldBe(2);

        var next = await _cluster.StartSiloAsync();
        await FileCluster.SeesAsync(next, static seen => Active(seen) == 3);
        await FileCluster.SeesAsync(silos[0], static seen => Active(seen) == 3);
    }

    [Fact]
    public async Task A_client_that_starts_before_any_silo_finds_the_first_one()
    {
        var tried = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (client, started) = _cluster.BeginClient(() => tried.TrySetResult());
        await tried.Task;
        started.IsCompleted.ShouldBeFalse();

        var silo = await _cluster.StartSiloAsync();
        await started;
        (await HostsAsync(client)).Keys.ShouldBe([FileCluster.AddressOf(silo)]);
    }

    private static int Active(ClusterMembershipSnapshot seen) => seen.Members.Values.Count(static member => member.Status == SiloStatus.Active);

    private static Task<Dictionary<SiloAddress, SiloStatus>> HostsAsync(Microsoft.Extensions.Hosting.IHost client) =>
        client.Services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true);
}
