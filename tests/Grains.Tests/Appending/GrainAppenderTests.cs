using Orleans.Log.Conformance;

namespace Orleans.Log.Grains.Tests.Appending;

public sealed class GrainAppenderTests : AppenderConformance
{
    protected override async Task<ILogUnderTest> StartAsync() => await GrainLog.StartAsync();
}

public sealed class GrainAppenderFaultTests : AppenderFaultConformance
{
    protected override async Task<ILogUnderTest> StartAsync() => await GrainLog.StartAsync();
}

public sealed class GrainAppenderNetworkTests : AppenderNetworkConformance
{
    protected override async Task<ILogWithFaults> StartAsync() => await GrainLog.StartAsync();
}
