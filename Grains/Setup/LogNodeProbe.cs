using Orleans.Log.Engine;
using Orleans.Log.Grains.Nodes;

namespace Orleans.Log.Grains.Setup;

/// <summary>Looks at the silo's node, for the host's health checks. Safe for use by any number of threads.</summary>
public sealed class LogNodeProbe
{
    private readonly LogNodeService _nodes;

    internal LogNodeProbe(LogNodeService nodes) => _nodes = nodes;

    /// <summary>How the node is; null before it has recovered.</summary>
    public LogNodeHealth? Health => _nodes.Health;
}
