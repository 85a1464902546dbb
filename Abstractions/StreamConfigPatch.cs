using System.Collections.Immutable;

namespace Orleans.Log;

/// <summary>A change of configuration: what is not said stays as it is.</summary>
public sealed record StreamConfigPatch
{
    /// <summary>New <see cref="StreamConfig.MaxRecordBytes"/>.</summary>
    public int? MaxRecordBytes { get; init; }

    /// <summary>New <see cref="StreamConfig.ProducerExpiry"/>.</summary>
    public TimeSpan? ProducerExpiry { get; init; }

    /// <summary>New <see cref="StreamConfig.TimestampLead"/>.</summary>
    public TimeSpan? TimestampLead { get; init; }

    /// <summary>Sets or lifts <see cref="StreamConfig.RetentionAge"/>.</summary>
    public BoundChange<TimeSpan> RetentionAge { get; init; }

    /// <summary>Sets or lifts <see cref="StreamConfig.RetentionBytes"/>.</summary>
    public BoundChange<long> RetentionBytes { get; init; }

    /// <summary>Sets or lifts <see cref="StreamConfig.RetentionRecords"/>.</summary>
    public BoundChange<long> RetentionRecords { get; init; }

    /// <summary>Labels to set; a null value removes the label.</summary>
    public IReadOnlyDictionary<string, string?>? Labels { get; init; }

    /// <summary>The configuration after the change, validated.</summary>
    public StreamConfig ApplyTo(StreamConfig config)
    {
        var labels = config.Labels.ToBuilder();
        foreach (var (name, value) in Labels ?? ImmutableDictionary<string, string?>.Empty)
        {
            if (value is null)
                labels.Remove(name);
            else
                labels[name] = value;
        }

        var changed = config with
        {
            MaxRecordBytes = MaxRecordBytes ?? config.MaxRecordBytes,
            ProducerExpiry = ProducerExpiry ?? config.ProducerExpiry,
            TimestampLead = TimestampLead ?? config.TimestampLead,
            RetentionAge = RetentionAge.ApplyTo(config.RetentionAge),
            RetentionBytes = RetentionBytes.ApplyTo(config.RetentionBytes),
            RetentionRecords = RetentionRecords.ApplyTo(config.RetentionRecords),
            Labels = labels.ToImmutable(),
        };
        changed.Validate();
        return changed;
    }
}
