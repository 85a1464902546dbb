using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Endpoints.Problems;
using Orleans.Log.Api.Endpoints.Requests;
using Orleans.Log.Api.Endpoints.Responses;

namespace Orleans.Log.Api.Endpoints.Routes;

/// <summary>Who holds the streams.</summary>
internal sealed class ClusterRoutes(IClusterView view)
{
    public async Task ClusterAsync(HttpContext context)
    {
        _ = new QueryReader(context.Request, []);
        var cluster = await view.DescribeAsync(context.RequestAborted);
        await Answer.JsonAsync(context, ClusterBodies.Of(cluster), WireJson.Default.ClusterBody);
    }

    public async Task NodeAsync(HttpContext context)
    {
        _ = new QueryReader(context.Request, []);
        if (!Guid.TryParse(context.GetRouteValue("node") as string, out var id))
            throw Refusal.BadRequest("A node's id has 32 hexadecimal digits.");

        var cluster = await view.DescribeAsync(context.RequestAborted);
        var node = cluster.Nodes.FirstOrDefault(node => node.Id == id) ?? throw Refusal.BadRequest("There is no node with this id.", Reasons.NoSuchNode);
        await Answer.JsonAsync(context, ClusterBodies.Of(node), WireJson.Default.NodeBody);
    }
}
