using Orleans.Log.Testing;

namespace Orleans.Log.Client.Tests.Server;

/// <summary>A log in memory, which the kill of its server does not touch.</summary>
internal sealed class VolatileBacking : IBackingLog
{
    private readonly VolatileLogService _service = new(TimeProvider.System, new VolatileStore());

    public Task<ILogService> StartAsync() => Task.FromResult<ILogService>(_service);

    public Task KillAsync() => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
