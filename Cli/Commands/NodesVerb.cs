using Orleans.Log.Api.Contracts;
using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli.Commands;

/// <summary>olog nodes</summary>
internal sealed class NodesVerb() : Verb("nodes", "Lists the nodes that hold the streams, and what each carries.")
{
    private static readonly string[] Heading = ["node", "state", "member", "streams", "wal", "of", "not offloaded", "for"];

    public override async Task<ExitCode> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var cluster = await call.Client.DescribeClusterAsync(cancellationToken);
        if (call.Out.Json)
        {
            call.Out.WriteJson(cluster, WireJson.Default.ClusterBody);
            return ExitCode.Ok;
        }

        var names = cluster.Members.ToDictionary(member => member.Address, member => member.Name, StringComparer.Ordinal);
        call.Out.WriteTable(Heading, cluster.Nodes.Select(node => new[]
        {
            node.Id,
            node.State,
            node.Member is { } member ? names.GetValueOrDefault(member, member) : "",
            $"{node.Streams}",
            Bytes(node.WalBytes),
            Bytes(node.WalBudgetBytes),
            Bytes(node.LagBytes),
            node.LagSeconds is { } seconds ? FormattableString.Invariant($"{seconds:0} s") : "",
        }));
        return ExitCode.Ok;

        string Bytes(long? bytes) => bytes is not { } number ? "" : call.Out.IsTerminal ? Amounts.Bytes(number) : $"{number}";
    }
}
