namespace Orleans.Log.Grains;

/// <summary>The streams of the whole cluster, and who is in it. Any number of activations, with no state that could be lost; key 0.</summary>
[Alias("olog.catalog.v1")]
public interface ILogCatalogGrain : IGrainWithIntegerKey
{
    /// <summary>
    /// See <see cref="ILogService.ListAsync"/>. Streams whose node is away are there too, with the positions that they had when their present leader began, and
    /// <see cref="StreamDescription.Available"/> false.
    /// </summary>
    [Alias("list")]
    ValueTask<StreamPage> ListAsync(string prefix, string after, int limit, CancellationToken cancellationToken = default);

    /// <summary>See <see cref="IClusterView.DescribeAsync"/>.</summary>
    [Alias("describe")]
    ValueTask<ClusterDescription> DescribeAsync(CancellationToken cancellationToken = default);
}
