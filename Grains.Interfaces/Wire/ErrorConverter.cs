namespace Orleans.Log.Grains.Wire;

/// <summary>Wire form of a <see cref="LogException"/>: what the caller needs, without the stack of the silo it comes from.</summary>
[GenerateSerializer, Alias("olog.error.v1")]
internal struct LogExceptionWire
{
    /// <summary>The code by its name, which is the same on every wire, so that a version that does not know it can still tell it.</summary>
    [Id(0)]
    public string Code;

    /// <summary>For people.</summary>
    [Id(1)]
    public string Message;

    /// <summary>See <see cref="LogErrorFacts"/>.</summary>
    [Id(2)]
    public LogErrorFacts Facts;
}

/// <summary>Wire form of <see cref="LogErrorFacts"/>.</summary>
[GenerateSerializer, Alias("olog.facts.v1")]
internal struct LogErrorFactsWire
{
    /// <summary>See <see cref="LogErrorFacts.Tail"/>.</summary>
    [Id(0)]
    public long? Tail;

    /// <summary>See <see cref="LogErrorFacts.Head"/>.</summary>
    [Id(1)]
    public long? Head;

    /// <summary>See <see cref="LogErrorFacts.ExpectedTail"/>.</summary>
    [Id(2)]
    public long? ExpectedTail;

    /// <summary>See <see cref="LogErrorFacts.ExpectedSequence"/>.</summary>
    [Id(3)]
    public long? ExpectedSequence;

    /// <summary>See <see cref="LogErrorFacts.ReceivedSequence"/>.</summary>
    [Id(4)]
    public long? ReceivedSequence;

    /// <summary>See <see cref="LogErrorFacts.Epoch"/>.</summary>
    [Id(5)]
    public int? Epoch;

    /// <summary>See <see cref="LogErrorFacts.Limit"/>.</summary>
    [Id(6)]
    public long? Limit;

    /// <summary>See <see cref="LogErrorFacts.Unit"/>.</summary>
    [Id(7)]
    public string? Unit;

    /// <summary>See <see cref="LogErrorFacts.ConfigVersion"/>.</summary>
    [Id(8)]
    public long? ConfigVersion;

    /// <summary>See <see cref="LogErrorFacts.Reason"/>.</summary>
    [Id(9)]
    public string? Reason;

    /// <summary>See <see cref="LogErrorFacts.Next"/>.</summary>
    [Id(10)]
    public long? Next;
}

[RegisterConverter]
internal sealed class LogExceptionConverter : IConverter<LogException, LogExceptionWire>
{
    /// <summary>A code of a newer version is a failure of which nothing is known.</summary>
    public LogException ConvertFromSurrogate(in LogExceptionWire wire) => LogErrors.FromWireName(wire.Code) is { } code
        ? new LogException(code, wire.Message, wire.Facts)
        : new LogException(LogErrorCode.Internal, $"{wire.Message} ({wire.Code})", wire.Facts);

    public LogExceptionWire ConvertToSurrogate(in LogException value) => new() { Code = LogErrors.WireName(value.Code), Message = value.Message, Facts = value.Facts };
}

[RegisterConverter]
internal sealed class LogErrorFactsConverter : IConverter<LogErrorFacts, LogErrorFactsWire>
{
    public LogErrorFacts ConvertFromSurrogate(in LogErrorFactsWire wire) => new(
        wire.Tail, wire.Head, wire.ExpectedTail, wire.ExpectedSequence, wire.ReceivedSequence, wire.Epoch, wire.Limit, wire.Unit, wire.ConfigVersion, wire.Reason, wire.Next);

    public LogErrorFactsWire ConvertToSurrogate(in LogErrorFacts value) => new()
    {
        Tail = value.Tail,
        Head = value.Head,
        ExpectedTail = value.ExpectedTail,
        ExpectedSequence = value.ExpectedSequence,
        ReceivedSequence = value.ReceivedSequence,
        Epoch = value.Epoch,
        Limit = value.Limit,
        Unit = value.Unit,
        ConfigVersion = value.ConfigVersion,
        Reason = value.Reason,
        Next = value.Next,
    };
}
