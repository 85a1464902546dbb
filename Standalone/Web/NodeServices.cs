using Orleans.Log.Engine;

namespace Orleans.Log.Standalone.Web;

/// <summary>The node as the API sees it.</summary>
internal static class NodeServices
{
    /// <summary>Adds the node.</summary>
    /// <param name="services">Of the host.</param>
    /// <param name="node">The node at work, once it is.</param>
    /// <param name="options">Those that it was started with.</param>
    public static void AddNode(this IServiceCollection services, Func<LogNode> node, LogNodeOptions options)
    {
        services.AddSingleton<ILogService>(_ => node());
        services.AddSingleton<IClusterView>(_ => new NodeView(node(), options.Wal.DiskBudgetBytes, TimeProvider.System));
    }
}
