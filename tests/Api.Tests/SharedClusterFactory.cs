using Orleans.Log.Api.Endpoints.Tests.Scenarios;
using Orleans.Log.Grains.Tests;
using Orleans.Log.Testing.Conformance;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Orleans.Log.Api.Tests;

/// <summary>The log of one cluster of three silos, which all scenarios share one after the other: each finds it empty, and with its own clock.</summary>
public sealed class SharedClusterFactory : ILogServiceFactory
{
    private static readonly TurnedClock Clock = new();
    private static readonly Lazy<Task<TestLog>> Cluster = new(static () => TestLog.StartAsync(
        silos: 3,
        nodeTime: Clock,

        // Its log is somewhere in a file when a scenario begins, and the next files are prepared beside the scenarios: room for what a whole one appends.
        configure: static log => log.Node.Wal.PreparedFiles = 4));

    public async Task<ILogService> StartAsync(TimeProvider time)
    {
        Clock.TurnTo(time);
        await EmptyAsync();
        Clock.FireRestingReaders();
        return (await Cluster.Value).Log;
    }

    public Task StopAsync() => EmptyAsync();

    /// <summary>Before, too: a scenario that failed at its start is not told to stop.</summary>
    private static async Task EmptyAsync()
    {
        var log = (await Cluster.Value).Log;
        foreach (var stream in (await log.ListAsync(string.Empty, string.Empty, Limits.ListPage, default)).Streams)
            await log.DeleteAsync(stream.Name, default);
    }
}

public sealed class ClusterStreams : StreamScenarios<SharedClusterFactory>;

public sealed class ClusterAppends : AppendScenarios<SharedClusterFactory>;

public sealed class ClusterConditions : ConditionScenarios<SharedClusterFactory>;

public sealed class ClusterReads : ReadScenarios<SharedClusterFactory>;

public sealed class ClusterEvents : EventScenarios<SharedClusterFactory>;

public sealed class ClusterLines : LineScenarios<SharedClusterFactory>;

public sealed class ClusterSessions : SessionScenarios<SharedClusterFactory>;

public sealed class ClusterSessionFaults : SessionFaultScenarios<SharedClusterFactory>;

public sealed class ClusterCommands : CommandScenarios<SharedClusterFactory>;

public sealed class ClusterSnapshots : SnapshotScenarios<SharedClusterFactory>;

public sealed class ClusterHistory : HistoryScenarios<SharedClusterFactory>;

public sealed class ClusterProblems : ProblemScenarios<SharedClusterFactory>;

public sealed class ClusterBadInput : BadInputScenarios<SharedClusterFactory>;

public sealed class ClusterBrowsers : BrowserScenarios<SharedClusterFactory>;

public sealed class ClusterUploads : UploadScenarios<SharedClusterFactory>;

public sealed class ClusterLogFiles : LogFileScenarios<SharedClusterFactory>;

public sealed class ClusterFuzz : FuzzScenarios<SharedClusterFactory>;

// StorelessScenarios has no class here: the silos of a cluster always share a blob store, without which they would not start.
