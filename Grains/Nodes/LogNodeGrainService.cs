using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Runtime;
using Orleans.Runtime.Services;
using Orleans.Services;

namespace Orleans.Log.Grains.Nodes;

/// <summary>What silos ask of each other's nodes.</summary>
[Alias("olog.node.v1")]
internal interface ILogNodeGrainService : IGrainService
{
    /// <summary>The streams of this node alone; see <see cref="ILogService.ListAsync"/>.</summary>
    [Alias("list")]
    ValueTask<StreamPage> ListAsync(string prefix, string after, int limit, CancellationToken cancellationToken);
}

/// <summary>The silo's node, for other silos.</summary>
[Reentrant]
internal sealed class LogNodeGrainService(LogNodeService nodes, GrainId id, Silo silo, ILoggerFactory loggers) : GrainService(id, silo, loggers), ILogNodeGrainService
{
    /// <inheritdoc/>
    public ValueTask<StreamPage> ListAsync(string prefix, string after, int limit, CancellationToken cancellationToken) => nodes.Node.ListAsync(prefix, after, limit, cancellationToken);
}

/// <summary>Calls the nodes of other silos.</summary>
internal sealed class LogNodeClient(IServiceProvider services) : GrainServiceClient<ILogNodeGrainService>(services)
{
    /// <summary>The streams of the node of one silo.</summary>
    public ValueTask<StreamPage> ListAsync(SiloAddress silo, string prefix, string after, int limit, CancellationToken cancellationToken) =>
        GetGrainService(silo).ListAsync(prefix, after, limit, cancellationToken);
}
