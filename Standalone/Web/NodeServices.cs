using Orleans.Log.Engine;

namespace Orleans.Log.Standalone.Web;

/// <summary>The node as the API sees it.</summary>
internal static class NodeServices
{
    public static void AddNode(this IServiceCollection services, LogNode node) => services.AddSingleton<ILogService>(node);
}
