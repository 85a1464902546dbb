using Orleans.Log.Testing.Conformance;

namespace Orleans.Log.Grains.Tests;

/// <summary>The port over a cluster of one silo, held to what every log owes.</summary>
public sealed class ClusterFactory : ILogServiceFactory
{
    private TestLog? _log;

    public async Task<ILogService> StartAsync(TimeProvider time)
    {
        _log = await TestLog.StartAsync(nodeTime: time);
        return _log.Log;
    }

    public async Task StopAsync()
    {
        if (_log is not null)
            await _log.DisposeAsync();

        if (_log?.Failure is { } failure)
            throw new InvalidOperationException("A node's log failed.", failure);
    }
}

public sealed class ClusterCatalogConformance : CatalogConformance<ClusterFactory>;

public sealed class ClusterAppendConformance : AppendConformance<ClusterFactory>;

public sealed class ClusterProducerConformance : ProducerConformance<ClusterFactory>;

public sealed class ClusterReadConformance : ReadConformance<ClusterFactory>;

public sealed class ClusterControlConformance : ControlConformance<ClusterFactory>;

public sealed class ClusterSnapshotConformance : SnapshotConformance<ClusterFactory>;
