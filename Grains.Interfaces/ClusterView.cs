using Orleans.Log.Grains.Calling;

namespace Orleans.Log.Grains;

/// <summary>The cluster as one of its silos sees it. Safe for use by any number of threads.</summary>
public sealed class ClusterView(IGrainFactory grains, ClusterLogOptions options, TimeProvider time) : IClusterView
{
    private readonly GrainCaller _caller = new(time, options);

    /// <inheritdoc/>
    public ValueTask<ClusterDescription> DescribeAsync(CancellationToken cancellationToken) =>
        _caller.ReadAsync(grains.GetGrain<ILogCatalogGrain>(0), static (catalog, cancellationToken) => catalog.DescribeAsync(cancellationToken), cancellationToken);
}
