using System.Collections.Immutable;

namespace Orleans.Log.Grains.Wire;

// How the port's own types travel: each by a surrogate whose ids never change their meaning. The alias is what is on the wire.

/// <summary>Wire form of a <see cref="StreamId"/>.</summary>
[GenerateSerializer, Alias("olog.stream_id.v1")]
internal struct StreamIdWire
{
    /// <summary>The upper half.</summary>
    [Id(0)]
    public ulong High;

    /// <summary>The lower half.</summary>
    [Id(1)]
    public ulong Low;
}

/// <summary>Wire form of a <see cref="StreamName"/>.</summary>
[GenerateSerializer, Alias("olog.stream_name.v1")]
internal struct StreamNameWire
{
    /// <summary>The name.</summary>
    [Id(0)]
    public string Value;
}

/// <summary>Wire form of a <see cref="StreamPosition"/>.</summary>
[GenerateSerializer, Alias("olog.position.v1")]
internal struct StreamPositionWire
{
    /// <summary>See <see cref="StreamPosition.Head"/>.</summary>
    [Id(0)]
    public long Head;

    /// <summary>See <see cref="StreamPosition.Tail"/>.</summary>
    [Id(1)]
    public long Tail;

    /// <summary>See <see cref="StreamPosition.Sealed"/>.</summary>
    [Id(2)]
    public bool Sealed;

    /// <summary>See <see cref="StreamPosition.LastTimestamp"/>.</summary>
    [Id(3)]
    public long? LastTimestamp;

    /// <summary>See <see cref="StreamPosition.Offloaded"/>.</summary>
    [Id(4)]
    public long Offloaded;
}

/// <summary>Wire form of a <see cref="StreamConfig"/>.</summary>
[GenerateSerializer, Alias("olog.config.v1")]
internal struct StreamConfigWire
{
    /// <summary>See <see cref="StreamConfig.MaxRecordBytes"/>.</summary>
    [Id(0)]
    public int MaxRecordBytes;

    /// <summary>See <see cref="StreamConfig.ProducerExpiry"/>.</summary>
    [Id(1)]
    public TimeSpan ProducerExpiry;

    /// <summary>See <see cref="StreamConfig.RetentionAge"/>.</summary>
    [Id(2)]
    public TimeSpan? RetentionAge;

    /// <summary>See <see cref="StreamConfig.RetentionBytes"/>.</summary>
    [Id(3)]
    public long? RetentionBytes;

    /// <summary>See <see cref="StreamConfig.RetentionRecords"/>.</summary>
    [Id(4)]
    public long? RetentionRecords;

    /// <summary>See <see cref="StreamConfig.Labels"/>.</summary>
    [Id(5)]
    public Dictionary<string, string>? Labels;

    /// <summary>See <see cref="StreamConfig.TimestampLead"/>; null from a version that does not know it.</summary>
    [Id(6)]
    public TimeSpan? TimestampLead;
}

/// <summary>Wire form of a <see cref="StreamDescription"/>.</summary>
[GenerateSerializer, Alias("olog.description.v1")]
internal struct StreamDescriptionWire
{
    /// <summary>See <see cref="StreamDescription.Name"/>.</summary>
    [Id(0)]
    public StreamName Name;

    /// <summary>See <see cref="StreamDescription.Id"/>.</summary>
    [Id(1)]
    public StreamId Id;

    /// <summary>Head, tail, seal, time of the last record, offloaded.</summary>
    [Id(2)]
    public StreamPosition Position;

    /// <summary>See <see cref="StreamDescription.Fenced"/>.</summary>
    [Id(3)]
    public bool Fenced;

    /// <summary>See <see cref="StreamDescription.Term"/>.</summary>
    [Id(4)]
    public long Term;

    /// <summary>See <see cref="StreamDescription.Bytes"/>.</summary>
    [Id(5)]
    public long Bytes;

    /// <summary>See <see cref="StreamDescription.Config"/>.</summary>
    [Id(6)]
    public StreamConfig Config;

    /// <summary>See <see cref="StreamDescription.ConfigVersion"/>.</summary>
    [Id(7)]
    public long ConfigVersion;

    /// <summary>See <see cref="StreamDescription.CreatedAt"/>.</summary>
    [Id(8)]
    public DateTimeOffset CreatedAt;

    /// <summary>The opposite of <see cref="StreamDescription.Available"/>.</summary>
    [Id(9)]
    public bool Away;
}

/// <summary>Wire form of a <see cref="StreamPage"/>.</summary>
[GenerateSerializer, Alias("olog.listing.v1")]
internal struct StreamPageWire
{
    /// <summary>See <see cref="StreamPage.Streams"/>.</summary>
    [Id(0)]
    public List<StreamDescription> Streams;

    /// <summary>See <see cref="StreamPage.NextAfter"/>.</summary>
    [Id(1)]
    public string? NextAfter;
}

/// <summary>Wire form of a <see cref="SnapshotInfo"/>.</summary>
[GenerateSerializer, Alias("olog.snapshot.v1")]
internal struct SnapshotInfoWire
{
    /// <summary>See <see cref="SnapshotInfo.Lsn"/>.</summary>
    [Id(0)]
    public long Lsn;

    /// <summary>See <see cref="SnapshotInfo.Term"/>.</summary>
    [Id(1)]
    public long Term;

    /// <summary>See <see cref="SnapshotInfo.At"/>.</summary>
    [Id(2)]
    public DateTimeOffset At;

    /// <summary>See <see cref="SnapshotInfo.Bytes"/>.</summary>
    [Id(3)]
    public long Bytes;
}

[RegisterConverter]
internal sealed class StreamIdConverter : IConverter<StreamId, StreamIdWire>
{
    public StreamId ConvertFromSurrogate(in StreamIdWire wire) => new(new UInt128(wire.High, wire.Low));

    public StreamIdWire ConvertToSurrogate(in StreamId value) => new() { High = (ulong)(value.Value >> 64), Low = (ulong)value.Value };
}

[RegisterConverter]
internal sealed class StreamNameConverter : IConverter<StreamName, StreamNameWire>
{
    public StreamName ConvertFromSurrogate(in StreamNameWire wire) => string.IsNullOrEmpty(wire.Value) ? default : StreamName.Parse(wire.Value);

    public StreamNameWire ConvertToSurrogate(in StreamName value) => new() { Value = value.Value };
}

[RegisterConverter]
internal sealed class StreamPositionConverter : IConverter<StreamPosition, StreamPositionWire>
{
    public StreamPosition ConvertFromSurrogate(in StreamPositionWire wire) => new(wire.Head, wire.Tail, wire.Sealed, wire.LastTimestamp, wire.Offloaded);

    public StreamPositionWire ConvertToSurrogate(in StreamPosition value) => new()
    {
        Head = value.Head,
        Tail = value.Tail,
        Sealed = value.Sealed,
        LastTimestamp = value.LastTimestamp,
        Offloaded = value.Offloaded,
    };
}

[RegisterConverter]
internal sealed class StreamConfigConverter : IConverter<StreamConfig, StreamConfigWire>
{
    public StreamConfig ConvertFromSurrogate(in StreamConfigWire wire) => new()
    {
        MaxRecordBytes = wire.MaxRecordBytes,
        ProducerExpiry = wire.ProducerExpiry,
        TimestampLead = wire.TimestampLead ?? StreamConfig.Default.TimestampLead,
        RetentionAge = wire.RetentionAge,
        RetentionBytes = wire.RetentionBytes,
        RetentionRecords = wire.RetentionRecords,
        Labels = wire.Labels is null ? ImmutableSortedDictionary<string, string>.Empty : wire.Labels.ToImmutableSortedDictionary(StringComparer.Ordinal),
    };

    public StreamConfigWire ConvertToSurrogate(in StreamConfig value) => new()
    {
        MaxRecordBytes = value.MaxRecordBytes,
        ProducerExpiry = value.ProducerExpiry,
        TimestampLead = value.TimestampLead,
        RetentionAge = value.RetentionAge,
        RetentionBytes = value.RetentionBytes,
        RetentionRecords = value.RetentionRecords,
        Labels = value.Labels.IsEmpty ? null : new Dictionary<string, string>(value.Labels, StringComparer.Ordinal),
    };
}

[RegisterConverter]
internal sealed class StreamDescriptionConverter : IConverter<StreamDescription, StreamDescriptionWire>
{
    public StreamDescription ConvertFromSurrogate(in StreamDescriptionWire wire) => new(
        wire.Name,
        wire.Id,
        wire.Position.Head,
        wire.Position.Tail,
        wire.Position.Offloaded,
        wire.Position.Sealed,
        wire.Fenced,
        wire.Term,
        wire.Bytes,
        wire.Position.LastTimestamp,
        wire.Config,
        wire.ConfigVersion,
        wire.CreatedAt,
        !wire.Away);

    public StreamDescriptionWire ConvertToSurrogate(in StreamDescription value) => new()
    {
        Name = value.Name,
        Id = value.Id,
        Position = new StreamPosition(value.Head, value.Tail, value.Sealed, value.LastTimestamp, value.Offloaded),
        Fenced = value.Fenced,
        Term = value.Term,
        Bytes = value.Bytes,
        Config = value.Config,
        ConfigVersion = value.ConfigVersion,
        CreatedAt = value.CreatedAt,
        Away = !value.Available,
    };
}

[RegisterConverter]
internal sealed class StreamPageConverter : IConverter<StreamPage, StreamPageWire>
{
    public StreamPage ConvertFromSurrogate(in StreamPageWire wire) => new(wire.Streams, wire.NextAfter is { } next ? StreamName.Parse(next) : null);

    public StreamPageWire ConvertToSurrogate(in StreamPage value) => new() { Streams = [.. value.Streams], NextAfter = value.NextAfter?.Value };
}

[RegisterConverter]
internal sealed class SnapshotInfoConverter : IConverter<SnapshotInfo, SnapshotInfoWire>
{
    public SnapshotInfo ConvertFromSurrogate(in SnapshotInfoWire wire) => new(wire.Lsn, wire.Term, wire.At, wire.Bytes);

    public SnapshotInfoWire ConvertToSurrogate(in SnapshotInfo value) => new() { Lsn = value.Lsn, Term = value.Term, At = value.At, Bytes = value.Bytes };
}
