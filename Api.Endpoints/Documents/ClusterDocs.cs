using Microsoft.AspNetCore.Http;
using Orleans.Log.Api.Contracts;

namespace Orleans.Log.Api.Endpoints.Documents;

/// <summary>Documentation of the routes about those who hold the streams.</summary>
internal static class ClusterDocs
{
    public static RouteDocs Cluster { get; } = new()
    {
        Name = "describeCluster",
        Tag = "cluster",
        Summary = "Describe who holds the streams",
        Description = "The members and nodes of the cluster; of a server that is in none, its one node.",
        Answers = [new(StatusCodes.Status200OK, "Members and nodes, as known some seconds ago.", new ContentDocs(WireMediaTypes.Json, typeof(ClusterBody)))],
    };

    public static RouteDocs Node { get; } = new()
    {
        Name = "describeNode",
        Tag = "cluster",
        Summary = "Describe a node",
        Description = "404 with the reason no_such_node if there is none with this id.",
        Answers = [new(StatusCodes.Status200OK, "The node.", new ContentDocs(WireMediaTypes.Json, typeof(NodeBody)))],
    };
}
