using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Grains.Setup;
using Orleans.Log.Grains.Nodes;
using Orleans.TestingHost;

namespace Orleans.Log.Grains.Tests;

/// <summary>A cluster of silos in this process, each with a data directory of its own, and one blob store for all. Thrown away afterwards.</summary>
internal sealed class TestLog : IAsyncDisposable
{
    private readonly string _root = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), "orleans-log-" + Path.GetRandomFileName());
    private readonly TimeProvider? _nodeTime;
    private readonly List<InProcessSiloHandle> _restarted = [];
    private string? _directoryOfNext;
    private readonly IBlobStore? _blobs;

    private TestLog(
        int silos, TimeProvider? nodeTime, IBlobStore? blobs, string? cluster, Action<OrleansLogOptions>? configure, Action<IClientBuilder>? client, Action<ISiloBuilder>? silo, TimeSpan? responseTimeout)
    {
        (_nodeTime, _blobs) = (nodeTime, blobs ?? new MemoryBlobStore());
        var builder = new InProcessTestClusterBuilder((short)silos);
        if (cluster is not null)
            builder.Options.ClusterId = cluster;

        builder.ConfigureSilo((options, built) =>
        {
            KillableMembership.AddTo(built.Services);
            built.Services.AddSingleton(Blobs);
            built.Configure<GrainCollectionOptions>(collection => collection.CollectionQuantum = TimeSpan.FromSeconds(30));
            silo?.Invoke(built);
            built.AddOrleansLog(log =>
            {
                log.DataDirectory = DirectoryOf(options.SiloName);
                log.Node.Wal.FileSizeMiB = 10;
                log.Node.Wal.PreparedFiles = 1;
                log.Node.Wal.KeepFreeBytes = 0;
                log.NodeTime = _nodeTime;
                log.OnFailure = failure => Failure = failure;
                configure?.Invoke(log);
                log.DataDirectory = _directoryOfNext ?? log.DataDirectory;
            });
        });
        if (client is not null)
            builder.ConfigureClient(client);
        if (responseTimeout is { } timeout)
        {
            builder.ConfigureClient(options => options.Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = timeout));
            builder.ConfigureSilo((_, built) => built.Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = timeout));
        }

        builder.ConfigureSiloHost((_, host) => host.Logging.SetMinimumLevel(LogLevel.Warning));
        Cluster = builder.Build();
    }

    public InProcessTestCluster Cluster { get; }

    public IBlobStore Blobs => _blobs!;

    /// <summary>What ended the log of a node, if anything did.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>The log, as a client of the cluster has it.</summary>
    public ClusterLogService Log { get; private set; } = null!;

    public static async Task<TestLog> StartAsync(
        int silos = 1,
        TimeProvider? nodeTime = null,
        IBlobStore? blobs = null,
        string? cluster = null,
        Action<OrleansLogOptions>? configure = null,
        Action<IClientBuilder>? client = null,
        Action<ISiloBuilder>? silo = null,
        TimeSpan? responseTimeout = null)
    {
        var log = new TestLog(silos, nodeTime, blobs, cluster, configure, client, silo, responseTimeout);
        try
        {
            await log.Cluster.DeployAsync();
        }
        catch
        {
            await log.DisposeAsync();
            throw;
        }

        log.Log = new ClusterLogService(log.Cluster.Client, new ClusterLogOptions(), TimeProvider.System);
        return log;
    }

    public string DirectoryOf(string silo) => Path.Combine(_root, silo);

    /// <summary>A service of one of the silos.</summary>
    public T Of<T>(int silo)
        where T : notnull => Cluster.Silos[silo].ServiceProvider.GetRequiredService<T>();

    /// <summary>The node of one of the silos.</summary>
    public LogNodeService NodeOf(int silo) => Of<LogNodeService>(silo);

    /// <summary>Starts a silo again that was killed: on the same data directory, and under another address.</summary>
    public async Task<InProcessSiloHandle> RestartAsync(InProcessSiloHandle killed)
    {
        var silo = await Cluster.StartSiloAsync(killed.InstanceNumber, Cluster.Options);
        _restarted.Add(silo);
        return silo;
    }

    /// <summary>Starts one more silo of the cluster, on a directory that is said.</summary>
    public async Task StartSiloAsync(string directory)
    {
        _directoryOfNext = directory;
        _restarted.Add(await Cluster.StartSiloAsync(Cluster.Silos.Count, Cluster.Options));
    }

    /// <summary>Ends when the process that the silo would be has been told to stop.</summary>
    public Task StoppedAsync(int silo)
    {
        var stopped = new TaskCompletionSource();
        Of<IHostApplicationLifetime>(silo).ApplicationStopping.Register(stopped.SetResult);
        return stopped.Task;
    }

    /// <summary>Kills every silo. What is on disk and in the store stays.</summary>
    public async Task KillAsync()
    {
        foreach (var silo in Cluster.Silos.ToList())
            await Cluster.KillSiloAsync(silo);

        await Cluster.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _restarted)
            await silo.DisposeAsync();

        await Cluster.DisposeAsync();
        if (Directory.Exists(_root))
            Directory.Delete(_root, recursive: true);
    }
}
