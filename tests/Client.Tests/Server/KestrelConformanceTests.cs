using Orleans.Log.Conformance;

namespace Orleans.Log.Client.Tests.Server;

public sealed class HttpAppenderTests : AppenderConformance
{
    protected override async Task<ILogUnderTest> StartAsync() => await KestrelLog.StartAsync(new NodeBacking(), sessions: false);
}

public sealed class HttpAppenderFaultTests : AppenderFaultConformance
{
    protected override async Task<ILogUnderTest> StartAsync() => await KestrelLog.StartAsync(new NodeBacking(), sessions: false);
}

public sealed class HttpAppenderNetworkTests : AppenderNetworkConformance
{
    protected override async Task<ILogWithFaults> StartAsync() => await KestrelLog.StartAsync(new NodeBacking(), sessions: false);
}

public sealed class SessionAppenderTests : AppenderConformance
{
    protected override async Task<ILogUnderTest> StartAsync() => await KestrelLog.StartAsync(new NodeBacking());
}

public sealed class SessionAppenderFaultTests : AppenderFaultConformance
{
    protected override async Task<ILogUnderTest> StartAsync() => await KestrelLog.StartAsync(new NodeBacking());
}

public sealed class SessionAppenderNetworkTests : AppenderNetworkConformance
{
    protected override async Task<ILogWithFaults> StartAsync() => await KestrelLog.StartAsync(new NodeBacking());
}
