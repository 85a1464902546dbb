using Microsoft.Extensions.DependencyInjection;
using Orleans.Log.Grains;
using Orleans.Messaging;

namespace Orleans.Log.Cluster.Faults;

/// <summary>Clients that lose their way to a silo and have others.</summary>
public sealed class GatewayTests
{
    [Fact]
    public async Task A_client_that_leaves_a_silos_gateway_is_still_answered_by_the_streams_of_that_silo()
    {
        await using var cluster = await TestCluster.StartAsync(silos: 2);
        var names = Enumerable.Range(0, 6).Select(static i => StreamName.Parse($"stream-{i}")).ToList();
        foreach (var name in names)
            await cluster.Client.EnsureStreamAsync(name.Value);

        var gateways = new GivenGateways(cluster.GatewayOf(0), cluster.GatewayOf(1));
        using var client = await cluster.ConnectAsync(gateways);
        var log = new ClusterLogService(client.Services.GetRequiredService<IGrainFactory>(), new ClusterLogOptions(), TimeProvider.System);
        await AllOpenAsync(log, names);

        gateways.Given = [cluster.GatewayOf(1)];
        await gateways.ReadTwiceAsync();

        // Half of them live on the silo whose gateway the client has left.
        await AllOpenAsync(log, names);
        await client.StopAsync();
    }

    /// <summary>Asks every stream who it is; fails if one gives no answer however often it is asked.</summary>
    private static Task<ILogStream[]> AllOpenAsync(ClusterLogService log, IEnumerable<StreamName> names) =>
        Task.WhenAll(names.Select(name => log.OpenAsync(name, CancellationToken.None).AsTask()));

    /// <summary>Gateways as a test says.</summary>
    private sealed class GivenGateways(params Uri[] given) : IGatewayListProvider
    {
        private readonly TaskCompletionSource _readTwice = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _reads = int.MinValue;

        /// <summary>Which there are.</summary>
        public IList<Uri> Given { get; set; } = given;

        /// <inheritdoc/>
        public TimeSpan MaxStaleness => TimeSpan.FromSeconds(1);

        /// <inheritdoc/>
        public bool IsUpdatable => true;

        /// <summary>Ends when the list was read twice from now on, so that what the first reading changed is done.</summary>
        public Task ReadTwiceAsync()
        {
            Volatile.Write(ref _reads, 0);
            return _readTwice.Task;
        }

        /// <inheritdoc/>
        public Task InitializeGatewayListProvider() => Task.CompletedTask;

        /// <inheritdoc/>
        public Task<IList<Uri>> GetGateways()
        {
            if (Interlocked.Increment(ref _reads) == 2)
                _readTwice.TrySetResult();

            return Task.FromResult(Given);
        }
    }
}
