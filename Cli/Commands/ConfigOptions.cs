using System.CommandLine;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Cli.Terminal;
using Orleans.Log.Client;

namespace Orleans.Log.Cli.Commands;

/// <summary>The options that make up a stream's configuration, for create and config.</summary>
internal sealed class ConfigOptions
{
    private readonly Option<int?> _maxRecordBytes =
        CommonOptions.Number("--max-record-bytes", "Largest record taken, payload plus headers in bytes", 1, Limits.RecordBytes, "BYTES");

    private readonly Option<TimeSpan?> _producerExpiry =
        CommonOptions.Duration("--producer-expiry", "How long a silent producer is remembered (1m to 365d).");

    private readonly Option<TimeSpan?> _timestampLead =
        CommonOptions.Duration("--timestamp-lead", "How far a record's timestamp may be ahead of the server's clock (0s to 36500d).");

    private readonly Option<RetentionValue?> _retentionAge = Retention(
        "--retention-age", "DURATION", "How long records are kept (1m to 36500d).", text => (long?)Amounts.ParseDuration(text)?.TotalSeconds);

    private readonly Option<RetentionValue?> _retentionBytes = Retention(
        "--retention-bytes", "SIZE", "How many stored bytes of records are kept, for example 10GiB.", Amounts.ParseSize);

    private readonly Option<RetentionValue?> _retentionRecords = Retention(
        "--retention-records", "N", "How many records are kept.", Amounts.ParseCount);

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
        command.Add(_timestampLead);
        command.Add(_retentionAge);
        command.Add(_retentionBytes);
        command.Add(_retentionRecords);
        command.Add(_labels);
    }

    /// <summary>What is to be set; null if nothing is.</summary>
    public StreamConfigBody? Read(Call call)
    {
        var labels = call.Get(_labels) ?? [];
        if (labels.Length == 0 && !Options.Any(call.Has))
            return null;

        return new StreamConfigBody
        {
            MaxRecordBytes = call.Get(_maxRecordBytes),
            ProducerExpirySeconds = (long?)call.Get(_producerExpiry)?.TotalSeconds,
            TimestampLeadSeconds = (long?)call.Get(_timestampLead)?.TotalSeconds,
            RetentionAgeSeconds = call.Get(_retentionAge)?.Bound,
            RetentionBytes = call.Get(_retentionBytes)?.Bound,
            RetentionRecords = call.Get(_retentionRecords)?.Bound,
            Labels = labels.Length == 0 ? null : labels.Select(NameAndValue.Parse).ToDictionary(l => l.Name, l => l.Value.Length > 0 ? l.Value : null),
        };
    }

    /// <summary>The bounds of retention that are to go.</summary>
    public RetentionBounds ReadLifted(Call call) =>
        Lifted(call.Get(_retentionAge), RetentionBounds.Age)
        | Lifted(call.Get(_retentionBytes), RetentionBounds.Bytes)
        | Lifted(call.Get(_retentionRecords), RetentionBounds.Records);

    private Option[] Options => [_maxRecordBytes, _producerExpiry, _timestampLead, _retentionAge, _retentionBytes, _retentionRecords];

    private static RetentionBounds Lifted(RetentionValue? value, RetentionBounds bound) =>
        value is { Bound: null } ? bound : RetentionBounds.None;

    private static Option<RetentionValue?> Retention(string name, string help, string description, Func<string, long?> parse) => new(name)
    {
        Description = $"{description} none: all are kept.",
        HelpName = $"{help}|none",
        CustomParser = result => CommonOptions.Parse<RetentionValue?>(
            result,
            text => text == "none" ? new RetentionValue(null) : parse(text) is { } bound ? new RetentionValue(bound) : null,
            $"is neither none nor a {help.ToLowerInvariant()}"),
    };
}

/// <summary>A bound of retention on the command line.</summary>
/// <param name="Bound">The bound; null for none.</param>
internal readonly record struct RetentionValue(long? Bound);

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
