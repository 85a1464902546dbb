using System.Collections.Immutable;

namespace Orleans.Log;

/// <summary>The configuration of one stream. Every default is valid.</summary>
public sealed record StreamConfig
{
    /// <summary>What a stream is created with when nothing is said.</summary>
    public static StreamConfig Default { get; } = new();

    /// <summary>Largest record taken, payload plus headers in bytes: 1 to <see cref="Limits.RecordBytes"/>.</summary>
    public int MaxRecordBytes { get; init; } = Limits.RecordBytes;

    /// <summary>
    /// How long the stream remembers a producer that is silent: 1 minute to 365 days. A retry after that is not recognized as one.
    /// </summary>
    public TimeSpan ProducerExpiry { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Free text by name, for people and tools. At most <see cref="Limits.Labels"/>.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Throws <see cref="LogException"/> with <see cref="LogErrorCode.BadRequest"/>, naming the field, if a value is out of range.</summary>
    public void Validate()
    {
        if (MaxRecordBytes is < 1 or > Limits.RecordBytes)
            throw Bad($"max_record_bytes must lie between 1 and {Limits.RecordBytes}.");

        if (ProducerExpiry < TimeSpan.FromMinutes(1) || ProducerExpiry > TimeSpan.FromDays(365))
            throw Bad("producer_expiry_seconds must lie between 60 and 31536000.");

        if (Labels.Count > Limits.Labels)
            throw Bad($"A stream has at most {Limits.Labels} labels.");

        foreach (var (name, value) in Labels)
        {
            if (name.Length is 0 or > Limits.LabelLength || value.Length > Limits.LabelLength)
                throw Bad($"A label has a name of 1 to {Limits.LabelLength} characters and a value of at most as many.");

            // Half of a character could not be stored as UTF-8 and read back as what it was.
            if (!IsText(name) || !IsText(value))
                throw Bad("A label is not well-formed Unicode.");
        }
    }

    /// <inheritdoc/>
    public bool Equals(StreamConfig? other) =>
        other is not null
        && MaxRecordBytes == other.MaxRecordBytes
        && ProducerExpiry == other.ProducerExpiry
        && Labels.SequenceEqual(other.Labels);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(MaxRecordBytes, ProducerExpiry, Labels.Count);

    private static bool IsText(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i])))
                return false;
        }

        return true;
    }

    private static LogException Bad(string message) => new(LogErrorCode.BadRequest, message);
}

/// <summary>A change of configuration: what is null stays as it is.</summary>
public sealed record StreamConfigPatch
{
    /// <summary>New <see cref="StreamConfig.MaxRecordBytes"/>.</summary>
    public int? MaxRecordBytes { get; init; }

    /// <summary>New <see cref="StreamConfig.ProducerExpiry"/>.</summary>
    public TimeSpan? ProducerExpiry { get; init; }

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
            Labels = labels.ToImmutable(),
        };
        changed.Validate();
        return changed;
    }
}
