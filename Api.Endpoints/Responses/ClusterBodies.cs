using System.Diagnostics;
using Orleans.Log.Api.Contracts;

namespace Orleans.Log.Api.Endpoints.Responses;

/// <summary>Those who hold the streams, as the wire has them.</summary>
internal static class ClusterBodies
{
    public static ClusterBody Of(ClusterDescription cluster) => new()
    {
        Id = cluster.Id,
        Members = [.. cluster.Members.Select(Of)],
        Nodes = [.. cluster.Nodes.Select(Of)],
    };

    public static NodeBody Of(NodeDescription node) => new()
    {
        Id = node.Id.ToString("N"),
        WalId = node.WalId.ToString("N"),
        State = StateOf(node.State),
        Member = node.Member,
        SeenAt = node.SeenAt,
        Streams = node.Streams,
        WalBytes = node.WalBytes,
        WalBudgetBytes = node.WalBudgetBytes,
        LagBytes = node.LagBytes,
        LagSeconds = node.Lag?.TotalSeconds,
    };

    private static MemberBody Of(MemberDescription member) => new() { Address = member.Address, Name = member.Name, State = member.State };

    private static string StateOf(NodeCondition state) => state switch
    {
        NodeCondition.Ready => "ready",
        NodeCondition.NotReady => "not_ready",
        NodeCondition.Stopped => "stopped",
        NodeCondition.Away => "away",
        NodeCondition.Replaced => "replaced",
        _ => throw new UnreachableException(),
    };
}
