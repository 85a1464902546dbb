using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli.Doctor;

/// <summary>The result for people: first the verdict and the counts, then the streams.</summary>
internal static class DoctorReport
{
    private static readonly string[] StreamHeading = ["stream", "id", "head", "tail", "bytes", "state", "last record"];

    public static void Write(CliOutput output, DoctorResult result)
    {
        if (output.Json)
        {
            output.WriteJson(result, CliJson.Default.DoctorResult);
            return;
        }

        output.WriteTable(["", ""], Facts(result));
        if (result.Streams.Count > 0)
            output.WriteTable(StreamHeading, result.Streams.Select(Row));
    }

    private static List<string[]> Facts(DoctorResult result)
    {
        List<string[]> facts =
        [
            ["directory", result.Directory],
            ["verdict", result.Damaged ? "DAMAGED" : "whole"],
            ["last shutdown", result.CleanShutdown ? "clean" : "not clean"],
            ["checkpoint", result.CheckpointSequence == 0 ? "none" : $"{result.CheckpointSequence}, verified"],
            ["files", $"{result.Files}"],
            ["blocks", Amounts.Count(result.Blocks)],
            ["bytes", Amounts.Bytes(result.Bytes)],
            ["entries", Amounts.Count(result.Entries)],
            ["streams", Amounts.Count(result.Streams.Count)],
            ["records", Amounts.Count(result.Records)],
            ["torn tail", result.CutBytes == 0 ? "none" : $"{Amounts.Bytes(result.CutBytes)}, never acknowledged; the next start cuts it off"],
            ["damaged entries", Amounts.Count(result.DamagedEntries)],
            ["repaired headers", Amounts.Count(result.RepairedHeaders)],
        ];
        if (result.Refusal is { } refusal)
            facts.Insert(2, ["refused", refusal]);

        facts.AddRange(result.Damage.Select(range => new[] { "damage", $"acknowledged records are lost from {range.From} to {range.To}" }));
        if (result.UnknownStreams > 0)
            facts.Add(["unknown streams", Amounts.Count(result.UnknownStreams)]);
        if (result.CatalogDamage is { } catalog)
            facts.Add(["catalog", catalog]);
        if (result.BindingProblem is { } binding)
            facts.Add(["blob store", binding]);

        facts.Add(["read in", $"{result.Seconds} s"]);
        return facts;
    }

    private static string[] Row(DoctorStream stream) =>
    [
        stream.Name,
        stream.Id,
        $"{stream.Head}",
        $"{stream.Tail}",
        Amounts.Bytes(stream.Bytes),
        stream.Damaged ? "DAMAGED" : stream.Sealed ? "sealed" : stream.Fenced ? "fenced" : "open",
        Amounts.Time(stream.LastTimestamp),
    ];
}
