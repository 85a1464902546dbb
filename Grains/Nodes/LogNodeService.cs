using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Log.Engine;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Grains.Setup;
using Orleans.Runtime;

namespace Orleans.Log.Grains.Nodes;

/// <summary>
/// The silo's node: recovered before the silo joins the cluster, so that a member always has its streams at hand; stopped after the silo has left it and its grains are gone. A node that cannot start keeps its silo
/// from joining.
/// </summary>
internal sealed class LogNodeService(
    IOptions<OrleansLogOptions> options,
    IOptions<ClusterOptions> cluster,
    IBlobStore blobs,
    NodeRegistration registration,
    NodeTakeover takeover,
    ILoggerFactory loggers,
    TimeProvider time) : ILifecycleParticipant<ISiloLifecycle>, IAsyncDisposable
{
    /// <summary>Membership is known from here on, and the silo is no member yet.</summary>
    private const int Stage = ServiceLifecycleStage.RuntimeGrainServices;

    private LogNode? _node;

    /// <summary>The node. Only between start and stop of the silo.</summary>
    public LogNode Node => _node ?? throw new LogException(LogErrorCode.Draining, "The node of this silo is not at work.", new LogErrorFacts(Reason: "stopped"));

    /// <summary>How it is; null before it has recovered.</summary>
    public LogNodeHealth? Health => Volatile.Read(ref _node)?.Health;

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle)
    {
        lifecycle.Subscribe(nameof(LogNodeService), Stage, StartAsync, StopAsync);
        lifecycle.Subscribe(nameof(NodeRegistration), ServiceLifecycleStage.Active, static _ => Task.CompletedTask, LeaveAsync);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_node is { } node)
            await node.DisposeAsync();
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        var log = options.Value;
        var disk = log.OpenDisk(log.DataDirectory);
        ClusterBinding.Require(disk, cluster.Value.ClusterId);
        var host = new LogNodeHost { Disk = disk, Blobs = blobs, StoreIsShared = true, Admit = registration.TakePlaceAsync, Loggers = loggers, Time = log.NodeTime ?? time };
        if (log.OnFailure is { } onFailure)
            host = host with { OnFailure = onFailure };

        if (log.Restore)
            await takeover.RestoreAsync(log, host, cancellationToken);

        _node = await LogNode.StartAsync(log.Node, host, cancellationToken);
        ClusterBinding.Bind(disk, cluster.Value.ClusterId);
        registration.Start(_node);
        await takeover.CompleteAsync(_node, cancellationToken);
    }

    /// <summary>The grains go next, and each only when it has answered those who wait at it.</summary>
    private Task LeaveAsync(CancellationToken cancellationToken)
    {
        _node?.InterruptReaders();
        return registration.LeaveAsync(cancellationToken);
    }

    private Task StopAsync(CancellationToken cancellationToken) => DisposeAsync().AsTask();
}
