using Orleans.Log.Conformance;
using Orleans.Log.Process.Faults.Server;

namespace Orleans.Log.Process.Faults;

/// <summary>What every appender must do when its server is killed or its stream ends, against the built server and kill -9.</summary>
public sealed class AppenderKillTests : AppenderFaultConformance
{
    protected override async Task<ILogUnderTest> StartAsync() => await ProcessLog.StartAsync();
}
