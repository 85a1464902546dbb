using Orleans.Log.Api.Contracts;

namespace Orleans.Log.Client;

// Who holds the streams.
public sealed partial class LogClient
{
    /// <summary>The members and nodes of the cluster, as known some seconds ago; of a server that is in none, its one node.</summary>
    public Task<ClusterBody> DescribeClusterAsync(CancellationToken cancellationToken = default) =>
        CallAsync(HttpMethod.Get, WireRoutes.Cluster, WireJson.Default.ClusterBody, cancellationToken);

    /// <summary>One node, by its id; <c>bad_request</c> with the reason <c>no_such_node</c> if there is none.</summary>
    /// <param name="id">As in <see cref="NodeBody.Id"/>.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task<NodeBody> DescribeNodeAsync(Guid id, CancellationToken cancellationToken = default) =>
        CallAsync(HttpMethod.Get, WireRoutes.Node(id.ToString("N")), WireJson.Default.NodeBody, cancellationToken);
}
