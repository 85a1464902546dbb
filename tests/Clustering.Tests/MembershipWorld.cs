using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Clustering.Membership;
using Orleans.Messaging;
using Orleans.Runtime;

namespace Orleans.Log.Clustering.Tests;

/// <summary>Silos and clients of one cluster, each with a membership table of its own over the same store, as separate processes have.</summary>
internal sealed class MembershipWorld : IAsyncDisposable
{
    public const string Cluster = "Test-cluster_1";
    private const string Key = "shared";

    private readonly string _folder = Path.Combine(Path.GetTempPath(), "olog-members-" + Guid.NewGuid().ToString("n"));
    private readonly Func<Task<IBlobStore>>? _connect;
    private readonly List<ServiceProvider> _processes = [];
    private readonly List<ClusteringStore> _stores = [];
    private int _generation;

    private MembershipWorld(Func<Task<IBlobStore>>? connect) => _connect = connect;

    /// <summary>The tables are in a folder.</summary>
    public static MembershipWorld InFiles() => new(connect: null);

    /// <summary>The tables are in a blob store, to which every process has a connection of its own.</summary>
    public static MembershipWorld In(Func<Task<IBlobStore>> connect) => new(connect);

    /// <summary>A table as one more process opens it.</summary>
    public async Task<IMembershipTable> OpenTableAsync(string cluster = Cluster)
    {
        var table = new OrleansLogMembershipTable(await OpenStoreAsync(cluster), ClusterOf(cluster));
        await table.InitializeMembershipTable(true);
        return table;
    }

    /// <summary>A list of gateways as one more client opens it.</summary>
    public async Task<IGatewayListProvider> OpenGatewaysAsync()
    {
        var gateways = new OrleansLogGatewayListProvider(await OpenStoreAsync(Cluster), Options.Create(new GatewayOptions()));
        await gateways.InitializeGatewayListProvider();
        return gateways;
    }

    /// <summary>A silo that nobody has seen yet, joining.</summary>
    public MembershipEntry NewSilo(SiloStatus status = SiloStatus.Joining, DateTime? at = null)
    {
        var generation = Interlocked.Increment(ref _generation);
        var time = at ?? Noon;
        return new MembershipEntry
        {
            SiloAddress = SiloAddress.New(IPAddress.Loopback, 12_345, generation),
            Status = status,
            HostName = "host",
            SiloName = $"silo {generation}",
            RoleName = "role",
            ProxyPort = 30_000 + generation,
            UpdateZone = 1,
            FaultZone = 2,
            SuspectTimes = [],
            StartTime = time,
            IAmAliveTime = time,
        };
    }

    public static DateTime Noon { get; } = new(2026, 11, 21, 12, 0, 0, DateTimeKind.Utc);

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _stores)
            store.Dispose();

        foreach (var process in _processes)
            await process.DisposeAsync();

        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private async Task<ClusteringStore> OpenStoreAsync(string cluster)
    {
        var services = new ServiceCollection();
        if (_connect is not null)
            services.AddKeyedSingleton(Key, await _connect());

        var process = services.BuildServiceProvider();
        _processes.Add(process);
        var options = _connect is null ? new OrleansLogClusteringOptions { Folder = _folder } : new OrleansLogClusteringOptions { ServiceKey = Key };
        var store = new ClusteringStore(Options.Create(options), ClusterOf(cluster), process);
        _stores.Add(store);
        return store;
    }

    private static IOptions<ClusterOptions> ClusterOf(string cluster) =>
        Options.Create(new ClusterOptions { ClusterId = cluster, ServiceId = "log" });
}
