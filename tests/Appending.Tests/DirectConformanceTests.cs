using Orleans.Log.Conformance;

namespace Orleans.Log.Appending.Tests;

public sealed class DirectAppenderTests : AppenderConformance
{
    protected override Task<ILogUnderTest> StartAsync() => Task.FromResult<ILogUnderTest>(new DirectLog());
}

public sealed class DirectAppenderFaultTests : AppenderFaultConformance
{
    protected override Task<ILogUnderTest> StartAsync() => Task.FromResult<ILogUnderTest>(new DirectLog());
}

public sealed class DirectAppenderNetworkTests : AppenderNetworkConformance
{
    protected override Task<ILogWithFaults> StartAsync() => Task.FromResult<ILogWithFaults>(new DirectLog());
}
