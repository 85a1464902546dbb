using Orleans.Log.Api.Contracts;
using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli.Commands;

/// <summary>Streams and positions as results.</summary>
internal static class StreamReport
{
    private static readonly string[] ListHeading = ["stream", "head", "tail", "bytes", "state", "last record"];
    private static readonly string[] Pair = ["", ""];
    private static readonly string[] Position = ["position", "head", "tail", "sealed"];

    public static void WriteList(CliOutput output, IEnumerable<StreamBody> streams)
    {
        output.WriteTable(ListHeading, streams.Select(stream => new[]
        {
            stream.Name,
            $"{stream.Head}",
            $"{stream.Tail}",
            output.IsTerminal ? Amounts.Bytes(stream.Bytes) : $"{stream.Bytes}",
            State(stream),
            Amounts.Time(stream.LastTimestamp),
        }));
    }

    public static void Write(CliOutput output, StreamBody stream)
    {
        if (output.Json)
        {
            output.WriteJson(stream, WireJson.Default.StreamBody);
            return;
        }

        var rows = new List<string[]>
        {
            new[] { "name", stream.Name },
            new[] { "id", stream.Id },
            new[] { "head", $"{stream.Head}" },
            new[] { "tail", $"{stream.Tail}" },
            new[] { "offloaded", $"{stream.Offloaded}" },
            new[] { "bytes", $"{stream.Bytes}" },
            new[] { "state", State(stream) },
            new[] { "term", $"{stream.Term}" },
            new[] { "last record", Amounts.Time(stream.LastTimestamp) },
            new[] { "created", Amounts.Time(stream.CreatedAt.ToUnixTimeMilliseconds()) },
            new[] { "config version", $"{stream.ConfigVersion}" },
            new[] { "max record bytes", $"{stream.Config.MaxRecordBytes}" },
            new[] { "producer expiry", $"{stream.Config.ProducerExpirySeconds} s" },
            new[] { "timestamp lead", $"{stream.Config.TimestampLeadSeconds} s" },
            new[] { "retention", Retention(stream.Config) },
        };
        rows.AddRange((stream.Config.Labels ?? new Dictionary<string, string?>()).Select(label => new[] { $"label {label.Key}", label.Value ?? "" }));
        output.WriteTable(Pair, rows);
    }

    public static void Write(CliOutput output, CommandBody command)
    {
        if (output.Json)
            output.WriteJson(command, WireJson.Default.CommandBody);
        else
            output.WriteTable(Position, [[$"{command.Position}", $"{command.Head}", $"{command.Tail}", $"{command.Sealed}".ToLowerInvariant()]]);
    }

    private static string Retention(StreamConfigBody config)
    {
        string?[] bounds =
        [
            config.RetentionAgeSeconds is { } age ? $"{age} s" : null,
            config.RetentionBytes is { } bytes ? $"{bytes} bytes" : null,
            config.RetentionRecords is { } records ? $"{records} records" : null,
        ];
        return bounds.Any(bound => bound is not null) ? string.Join(", ", bounds.OfType<string>()) : "for ever";
    }

    private static string State(StreamBody stream) => stream switch
    {
        { Available: false } => "away",
        { Sealed: true } => "sealed",
        { Fenced: true } => "fenced",
        _ => "open",
    };
}
