using Orleans.Log.Testing.Conformance;

namespace Orleans.Log.Testing.Tests;

/// <summary>The in-memory log, which fronts are tested on, does what the port says.</summary>
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

public sealed class VolatileCatalogConformance : CatalogConformance<VolatileFactory>;

public sealed class VolatileAppendConformance : AppendConformance<VolatileFactory>;

public sealed class VolatileProducerConformance : ProducerConformance<VolatileFactory>;

public sealed class VolatileReadConformance : ReadConformance<VolatileFactory>;

public sealed class VolatileControlConformance : ControlConformance<VolatileFactory>;

public sealed class VolatileSnapshotConformance : SnapshotConformance<VolatileStoreFactory>;
