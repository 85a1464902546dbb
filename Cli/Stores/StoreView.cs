using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli.Stores;

/// <summary>What is in a blob store, for people: first the verdict and the counts, then what is wrong.</summary>
internal static class StoreView
{
    private static readonly string[] Heading = ["blob", "stream", "problem"];

    public static void Write(CliOutput output, StoreResult result)
    {
        if (output.Json)
        {
            output.WriteJson(result, CliJson.Default.StoreResult);
            return;
        }

        output.WriteTable(
            ["", ""],
            [
                ["blob store", result.Blobs],
                ["verdict", result.Damaged ? "DAMAGED" : "whole"],
                ["store id", result.StoreId is { } id ? $"{id}" : "unreadable"],
                ["nodes", Amounts.Count(result.Nodes)],
                ["streams", Amounts.Count(result.Streams)],
                ["snapshots", Amounts.Count(result.Snapshots)],
                ["segments", Amounts.Count(result.Segments)],
                ["bytes", Amounts.Bytes(result.SegmentBytes)],
                ["orphans", Amounts.Count(result.Orphans)],
                ["read in", $"{result.Seconds} s"],
            ]);
        if (result.Findings.Count > 0)
            output.WriteTable(Heading, result.Findings.Select(finding => new[] { finding.Blob, finding.Stream ?? "-", finding.Problem }));
    }
}
