namespace Orleans.Log.Grains.Wire;

// What calls carry, and what they answer.

/// <summary>Wire form of a <see cref="ProducerStamp"/>.</summary>
[GenerateSerializer, Alias("olog.producer.v1")]
internal struct ProducerStampWire
{
    /// <summary>See <see cref="ProducerStamp.Id"/>.</summary>
    [Id(0)]
    public string Id;

    /// <summary>See <see cref="ProducerStamp.Epoch"/>.</summary>
    [Id(1)]
    public int Epoch;

    /// <summary>See <see cref="ProducerStamp.Sequence"/>.</summary>
    [Id(2)]
    public long Sequence;
}

/// <summary>Wire form of <see cref="AppendConditions"/>.</summary>
[GenerateSerializer, Alias("olog.conditions.v1")]
internal struct AppendConditionsWire
{
    /// <summary>See <see cref="AppendConditions.ExpectedTail"/>.</summary>
    [Id(0)]
    public long? ExpectedTail;

    /// <summary>See <see cref="AppendConditions.FencingToken"/>.</summary>
    [Id(1)]
    public string? FencingToken;

    /// <summary>See <see cref="AppendConditions.Producer"/>.</summary>
    [Id(2)]
    public ProducerStamp? Producer;
}

/// <summary>Wire form of an <see cref="AppendResult"/>.</summary>
[GenerateSerializer, Alias("olog.appended.v1")]
internal struct AppendResultWire
{
    /// <summary>See <see cref="AppendResult.Start"/>.</summary>
    [Id(0)]
    public long Start;

    /// <summary>See <see cref="AppendResult.End"/>.</summary>
    [Id(1)]
    public long End;

    /// <summary>See <see cref="AppendResult.Tail"/>.</summary>
    [Id(2)]
    public long Tail;

    /// <summary>See <see cref="AppendResult.Duplicate"/>.</summary>
    [Id(3)]
    public bool Duplicate;
}

/// <summary>Wire form of a <see cref="ReadRequest"/>.</summary>
[GenerateSerializer, Alias("olog.read.v1")]
internal struct ReadRequestWire
{
    /// <summary>See <see cref="ReadRequest.Origin"/>.</summary>
    [Id(0)]
    public int Origin;

    /// <summary>See <see cref="ReadRequest.Start"/>.</summary>
    [Id(1)]
    public long Start;

    /// <summary>See <see cref="ReadRequest.MaxRecords"/>.</summary>
    [Id(2)]
    public int? MaxRecords;

    /// <summary>See <see cref="ReadRequest.MaxBytes"/>.</summary>
    [Id(3)]
    public int? MaxBytes;

    /// <summary>See <see cref="ReadRequest.Until"/>.</summary>
    [Id(4)]
    public long? Until;

    /// <summary>See <see cref="ReadRequest.Wait"/>.</summary>
    [Id(5)]
    public TimeSpan Wait;

    /// <summary>See <see cref="ReadRequest.Clamp"/>.</summary>
    [Id(6)]
    public bool Clamp;
}

/// <summary>Wire form of an <see cref="EnsureCondition"/>.</summary>
[GenerateSerializer, Alias("olog.ensure_condition.v1")]
internal struct EnsureConditionWire
{
    /// <summary>See <see cref="EnsureCondition.MustBeNew"/>.</summary>
    [Id(0)]
    public bool MustBeNew;

    /// <summary>See <see cref="EnsureCondition.MustExist"/>.</summary>
    [Id(1)]
    public bool MustExist;

    /// <summary>See <see cref="EnsureCondition.ConfigVersion"/>.</summary>
    [Id(2)]
    public long? ConfigVersion;
}

/// <summary>Wire form of an <see cref="EnsureResult"/>.</summary>
[GenerateSerializer, Alias("olog.ensured.v1")]
internal struct EnsureResultWire
{
    /// <summary>See <see cref="EnsureResult.Stream"/>.</summary>
    [Id(0)]
    public StreamDescription Stream;

    /// <summary>See <see cref="EnsureResult.Created"/>.</summary>
    [Id(1)]
    public bool Created;
}

/// <summary>Wire form of a <see cref="StreamConfigPatch"/>.</summary>
[GenerateSerializer, Alias("olog.patch.v1")]
internal struct StreamConfigPatchWire
{
    /// <summary>See <see cref="StreamConfigPatch.MaxRecordBytes"/>.</summary>
    [Id(0)]
    public int? MaxRecordBytes;

    /// <summary>See <see cref="StreamConfigPatch.ProducerExpiry"/>.</summary>
    [Id(1)]
    public TimeSpan? ProducerExpiry;

    /// <summary><see cref="RetentionAge"/> is meant.</summary>
    [Id(2)]
    public bool ChangesRetentionAge;

    /// <summary>See <see cref="StreamConfigPatch.RetentionAge"/>.</summary>
    [Id(3)]
    public TimeSpan? RetentionAge;

    /// <summary><see cref="RetentionBytes"/> is meant.</summary>
    [Id(4)]
    public bool ChangesRetentionBytes;

    /// <summary>See <see cref="StreamConfigPatch.RetentionBytes"/>.</summary>
    [Id(5)]
    public long? RetentionBytes;

    /// <summary><see cref="RetentionRecords"/> is meant.</summary>
    [Id(6)]
    public bool ChangesRetentionRecords;

    /// <summary>See <see cref="StreamConfigPatch.RetentionRecords"/>.</summary>
    [Id(7)]
    public long? RetentionRecords;

    /// <summary>See <see cref="StreamConfigPatch.Labels"/>.</summary>
    [Id(8)]
    public Dictionary<string, string?>? Labels;

    /// <summary>See <see cref="StreamConfigPatch.TimestampLead"/>.</summary>
    [Id(9)]
    public TimeSpan? TimestampLead;
}

[RegisterConverter]
internal sealed class ProducerStampConverter : IConverter<ProducerStamp, ProducerStampWire>
{
    public ProducerStamp ConvertFromSurrogate(in ProducerStampWire wire) => new(wire.Id, wire.Epoch, wire.Sequence);

    public ProducerStampWire ConvertToSurrogate(in ProducerStamp value) => new() { Id = value.Id, Epoch = value.Epoch, Sequence = value.Sequence };
}

[RegisterConverter]
internal sealed class AppendConditionsConverter : IConverter<AppendConditions, AppendConditionsWire>
{
    public AppendConditions ConvertFromSurrogate(in AppendConditionsWire wire) => new(wire.ExpectedTail, wire.FencingToken, wire.Producer);

    public AppendConditionsWire ConvertToSurrogate(in AppendConditions value) =>
        new() { ExpectedTail = value.ExpectedTail, FencingToken = value.FencingToken, Producer = value.Producer };
}

[RegisterConverter]
internal sealed class AppendResultConverter : IConverter<AppendResult, AppendResultWire>
{
    public AppendResult ConvertFromSurrogate(in AppendResultWire wire) => new(wire.Start, wire.End, wire.Tail, wire.Duplicate);

    public AppendResultWire ConvertToSurrogate(in AppendResult value) =>
        new() { Start = value.Start, End = value.End, Tail = value.Tail, Duplicate = value.Duplicate };
}

[RegisterConverter]
internal sealed class ReadRequestConverter : IConverter<ReadRequest, ReadRequestWire>
{
    public ReadRequest ConvertFromSurrogate(in ReadRequestWire wire) => new()
    {
        Origin = (ReadOrigin)wire.Origin,
        Start = wire.Start,
        MaxRecords = wire.MaxRecords,
        MaxBytes = wire.MaxBytes,
        Until = wire.Until,
        Wait = wire.Wait,
        Clamp = wire.Clamp,
    };

    public ReadRequestWire ConvertToSurrogate(in ReadRequest value) => new()
    {
        Origin = (int)value.Origin,
        Start = value.Start,
        MaxRecords = value.MaxRecords,
        MaxBytes = value.MaxBytes,
        Until = value.Until,
        Wait = value.Wait,
        Clamp = value.Clamp,
    };
}

[RegisterConverter]
internal sealed class EnsureConditionConverter : IConverter<EnsureCondition, EnsureConditionWire>
{
    public EnsureCondition ConvertFromSurrogate(in EnsureConditionWire wire) => new(wire.MustBeNew, wire.MustExist, wire.ConfigVersion);

    public EnsureConditionWire ConvertToSurrogate(in EnsureCondition value) =>
        new() { MustBeNew = value.MustBeNew, MustExist = value.MustExist, ConfigVersion = value.ConfigVersion };
}

[RegisterConverter]
internal sealed class EnsureResultConverter : IConverter<EnsureResult, EnsureResultWire>
{
    public EnsureResult ConvertFromSurrogate(in EnsureResultWire wire) => new(wire.Stream, wire.Created);

    public EnsureResultWire ConvertToSurrogate(in EnsureResult value) => new() { Stream = value.Stream, Created = value.Created };
}

[RegisterConverter]
internal sealed class StreamConfigPatchConverter : IConverter<StreamConfigPatch, StreamConfigPatchWire>
{
    public StreamConfigPatch ConvertFromSurrogate(in StreamConfigPatchWire wire) => new()
    {
        MaxRecordBytes = wire.MaxRecordBytes,
        ProducerExpiry = wire.ProducerExpiry,
        TimestampLead = wire.TimestampLead,
        RetentionAge = wire.ChangesRetentionAge ? BoundChange.To(wire.RetentionAge) : default,
        RetentionBytes = wire.ChangesRetentionBytes ? BoundChange.To(wire.RetentionBytes) : default,
        RetentionRecords = wire.ChangesRetentionRecords ? BoundChange.To(wire.RetentionRecords) : default,
        Labels = wire.Labels,
    };

    public StreamConfigPatchWire ConvertToSurrogate(in StreamConfigPatch value) => new()
    {
        MaxRecordBytes = value.MaxRecordBytes,
        ProducerExpiry = value.ProducerExpiry,
        TimestampLead = value.TimestampLead,
        ChangesRetentionAge = value.RetentionAge.IsChange,
        RetentionAge = value.RetentionAge.Value,
        ChangesRetentionBytes = value.RetentionBytes.IsChange,
        RetentionBytes = value.RetentionBytes.Value,
        ChangesRetentionRecords = value.RetentionRecords.IsChange,
        RetentionRecords = value.RetentionRecords.Value,
        Labels = value.Labels is { } labels ? new Dictionary<string, string?>(labels, StringComparer.Ordinal) : null,
    };
}
