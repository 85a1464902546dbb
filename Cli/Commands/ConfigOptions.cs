using System.CommandLine;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli.Commands;

/// <summary>The options that make up a stream's configuration, for create and config.</summary>
internal sealed class ConfigOptions
{
    private readonly Option<int?> _maxRecordBytes = new("--max-record-bytes")
    {
        Description = $"Largest record taken, payload plus headers in bytes (1 to {Limits.RecordBytes}).",
        HelpName = "BYTES",
    };

    private readonly Option<TimeSpan?> _producerExpiry =
        CommonOptions.Duration("--producer-expiry", "How long a silent producer is remembered (1m to 365d).");

    private readonly Option<string[]> _labels = new("--label")
    {
        Description = "Sets a label; an empty value removes it. Repeatable.",
        HelpName = "NAME=VALUE",
        Arity = ArgumentArity.OneOrMore,
    };

    public void AddTo(Command command)
    {
        command.Add(_maxRecordBytes);
        command.Add(_producerExpiry);
        command.Add(_labels);
    }

    /// <summary>What was asked for; null if nothing was.</summary>
    public StreamConfigBody? Read(Call call)
    {
        var labels = call.Get(_labels) ?? [];
        if (call.Get(_maxRecordBytes) is null && call.Get(_producerExpiry) is null && labels.Length == 0)
            return null;

        return new StreamConfigBody
        {
            MaxRecordBytes = call.Get(_maxRecordBytes),
            ProducerExpirySeconds = (long?)call.Get(_producerExpiry)?.TotalSeconds,
            Labels = labels.Length == 0 ? null : labels.Select(NameAndValue.Parse).ToDictionary(l => l.Name, l => l.Value.Length > 0 ? l.Value : null),
        };
    }
}

/// <summary>NAME=VALUE on the command line.</summary>
internal readonly record struct NameAndValue(string Name, string Value)
{
    public static NameAndValue Parse(string text)
    {
        var split = text.IndexOf('=', StringComparison.Ordinal);
        return split > 0
            ? new NameAndValue(text[..split], text[(split + 1)..])
            : throw new CliException(ExitCode.Usage, $"'{text}' is not NAME=VALUE.");
    }
}
