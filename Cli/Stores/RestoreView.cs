using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli.Stores;

/// <summary>What was restored, for people: the counts, then the streams with what may be lost.</summary>
internal static class RestoreView
{
    private static readonly string[] Heading = ["stream", "head", "restored to", "goes on at", "state", "may be lost"];

    private static readonly string[] LeftOutHeading = ["left out", "head", "in the store to", "blob", "problem"];

    public static void Write(CliOutput output, RestoreResult result)
    {
        if (output.Json)
        {
            output.WriteJson(result, CliJson.Default.RestoreResult);
            return;
        }

        output.WriteTable(
            ["", ""],
            [
                ["directory", result.Directory],
                ["from node", $"{result.FromNode}"],
                ["node", $"{result.Node}"],
                ["streams", Amounts.Count(result.Streams.Count)],
                ["with possible loss", Amounts.Count(result.StreamsWithLoss)],
                ["left out", Amounts.Count(result.LeftOut?.Count ?? 0)],
            ]);
        if (result.Streams.Count > 0)
            output.WriteTable(Heading, result.Streams.Select(Row));

        if (result.LeftOut is { } leftOut)
            output.WriteTable(LeftOutHeading, leftOut.Select(static stream => new[] { stream.Name, $"{stream.Head}", $"{stream.Offloaded}", stream.Blob, stream.Problem }));
    }

    private static string[] Row(RestoreStream stream) =>
    [
        stream.Name,
        $"{stream.Head}",
        $"{stream.Offloaded}",
        $"{stream.Tail}",
        stream.Sealed ? "sealed" : "open",
        stream.Lost is { } lost ? $"from {lost.From}" : "nothing",
    ];
}
