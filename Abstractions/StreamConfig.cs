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
    /// How long the stream remembers a producer that is silent: 1 minute to 365 days, and never less. A retry after that is not recognized as one.
    /// </summary>
    public TimeSpan ProducerExpiry { get; init; } = TimeSpan.FromDays(7);

    /// <summary>
    /// How far the timestamp of a record may be ahead of the server's clock: 0 to <see cref="Limits.TimestampLeadMax"/>. Timestamps of a stream never run
    /// backwards, so one from the far future would be that of every later record.
    /// </summary>
    public TimeSpan TimestampLead { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// How long records are kept, counted from the later of timestamp and arrival: 1 minute to 36,500 days, or null for ever. Like the other two bounds of retention it is a promise to keep,
    /// not one to remove on time: what is beyond it goes piece by piece, never before it has reached the blob store.
    /// </summary>
    public TimeSpan? RetentionAge { get; init; }

    /// <summary>How many stored bytes of records are kept: 1 to <see cref="Limits.Position"/>, or null for all.</summary>
    public long? RetentionBytes { get; init; }

    /// <summary>How many records are kept: 1 to <see cref="Limits.Position"/>, or null for all.</summary>
    public long? RetentionRecords { get; init; }

    /// <summary>Some records go by themselves one day.</summary>
    public bool HasRetention => RetentionAge is not null || RetentionBytes is not null || RetentionRecords is not null;

    /// <summary>Free text by name, for people and tools. At most <see cref="Limits.Labels"/>.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Throws <see cref="LogException"/> with <see cref="LogErrorCode.BadRequest"/>, naming the field, if a value is out of range.</summary>
    public void Validate()
    {
        if (MaxRecordBytes is < 1 or > Limits.RecordBytes)
            throw Bad($"max_record_bytes must lie between 1 and {Limits.RecordBytes}.");

        if (ProducerExpiry < TimeSpan.FromMinutes(1) || ProducerExpiry > TimeSpan.FromDays(365))
            throw Bad("producer_expiry_seconds must lie between 60 and 31536000.");

        if (TimestampLead < TimeSpan.Zero || TimestampLead > Limits.TimestampLeadMax)
            throw Bad($"timestamp_lead_seconds must lie between 0 and {Limits.TimestampLeadMax.TotalSeconds}.");

        if (RetentionAge < Limits.RetentionAgeMin || RetentionAge > Limits.RetentionAgeMax)
            throw Bad($"retention_age_seconds must lie between {Limits.RetentionAgeMin.TotalSeconds} and {Limits.RetentionAgeMax.TotalSeconds}.");

        if (RetentionBytes is < 1 or > Limits.Position)
            throw Bad($"retention_bytes must lie between 1 and {Limits.Position}.");

        if (RetentionRecords is < 1 or > Limits.Position)
            throw Bad($"retention_records must lie between 1 and {Limits.Position}.");

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
        && TimestampLead == other.TimestampLead
        && RetentionAge == other.RetentionAge
        && RetentionBytes == other.RetentionBytes
        && RetentionRecords == other.RetentionRecords
        && Labels.SequenceEqual(other.Labels);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(MaxRecordBytes, ProducerExpiry, TimestampLead, RetentionAge, RetentionBytes, RetentionRecords, Labels.Count);

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
