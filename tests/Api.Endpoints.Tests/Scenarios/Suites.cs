using Orleans.Log.Testing;
using Orleans.Log.Testing.Conformance;

namespace Orleans.Log.Api.Endpoints.Tests.Scenarios;

/// <summary>The in-memory log; the classes named Node… below run the same scenarios on the engine.</summary>
public sealed class VolatileFactory : ILogServiceFactory
{
    public Task<ILogService> StartAsync(TimeProvider time) => Task.FromResult<ILogService>(new VolatileLogService(time));

    public Task StopAsync() => Task.CompletedTask;
}

/// <summary>The same with something that stands for a blob store.</summary>
public sealed class VolatileStoreFactory : ILogServiceFactory
{
    public Task<ILogService> StartAsync(TimeProvider time) => Task.FromResult<ILogService>(new VolatileLogService(time, new VolatileStore()));

    public Task StopAsync() => Task.CompletedTask;
}

public sealed class VolatileStreams : StreamScenarios<VolatileFactory>;

public sealed class VolatileAppends : AppendScenarios<VolatileFactory>;

public sealed class VolatileConditions : ConditionScenarios<VolatileFactory>;

public sealed class VolatileReads : ReadScenarios<VolatileFactory>;

public sealed class VolatileEvents : EventScenarios<VolatileFactory>;

public sealed class VolatileResumes : ResumeScenarios<VolatileFactory>;

public sealed class VolatileLines : LineScenarios<VolatileFactory>;

public sealed class VolatileSessions : SessionScenarios<VolatileFactory>;

public sealed class VolatileSessionGroups : SessionGroupScenarios<VolatileFactory>;

public sealed class VolatileSessionFaults : SessionFaultScenarios<VolatileFactory>;

public sealed class VolatileCommands : CommandScenarios<VolatileFactory>;

public sealed class VolatileWithoutStore : StorelessScenarios<VolatileFactory>;

public sealed class VolatileSnapshots : SnapshotScenarios<VolatileStoreFactory>;

public sealed class VolatileHistory : HistoryScenarios<VolatileStoreFactory>;

public sealed class VolatileProblems : ProblemScenarios<VolatileFactory>;

public sealed class VolatileBadInput : BadInputScenarios<VolatileFactory>;

public sealed class VolatileBrowsers : BrowserScenarios<VolatileFactory>;

public sealed class VolatileUploads : UploadScenarios<VolatileFactory>;

public sealed class VolatileLogFiles : LogFileScenarios<VolatileFactory>;

public sealed class VolatileFuzz : FuzzScenarios<VolatileFactory>;

public sealed class NodeStreams : StreamScenarios<LogNodeFactory>;

public sealed class NodeAppends : AppendScenarios<LogNodeFactory>;

public sealed class NodeConditions : ConditionScenarios<LogNodeFactory>;

public sealed class NodeReads : ReadScenarios<LogNodeFactory>;

public sealed class NodeEvents : EventScenarios<LogNodeFactory>;

public sealed class NodeResumes : ResumeScenarios<LogNodeFactory>;

public sealed class NodeLines : LineScenarios<LogNodeFactory>;

public sealed class NodeSessions : SessionScenarios<LogNodeFactory>;

public sealed class NodeSessionGroups : SessionGroupScenarios<LogNodeFactory>;

public sealed class NodeSessionFaults : SessionFaultScenarios<LogNodeFactory>;

public sealed class NodeCommands : CommandScenarios<LogNodeFactory>;

public sealed class NodeWithoutStore : StorelessScenarios<LogNodeFactory>;

public sealed class NodeSnapshots : SnapshotScenarios<LogNodeStoreFactory>;

public sealed class NodeHistory : HistoryScenarios<LogNodeStoreFactory>;

public sealed class NodeProblems : ProblemScenarios<LogNodeFactory>;

public sealed class NodeBadInput : BadInputScenarios<LogNodeFactory>;

public sealed class NodeBrowsers : BrowserScenarios<LogNodeFactory>;

public sealed class NodeUploads : UploadScenarios<LogNodeFactory>;

public sealed class NodeLogFiles : LogFileScenarios<LogNodeFactory>;

public sealed class NodeFuzz : FuzzScenarios<LogNodeFactory>;
