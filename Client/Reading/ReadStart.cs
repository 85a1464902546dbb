using Orleans.Log.Api.Contracts;

namespace Orleans.Log.Client;

/// <summary>Where a read begins. The default value is LSN 0.</summary>
public readonly record struct ReadStart
{
    private readonly string? _parameter;
    private readonly long _value;

    private ReadStart(string parameter, long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        _parameter = parameter;
        _value = value;
    }

    /// <summary>At the head, wherever it is.</summary>
    public static ReadStart Head { get; } = new(string.Empty, 0);

    /// <summary>At this LSN.</summary>
    public static ReadStart AtLsn(long lsn) => new(WireRoutes.From, lsn);

    /// <summary>At the first record whose timestamp is not below this, in milliseconds since 1970 UTC.</summary>
    public static ReadStart Since(long timestamp) => new(WireRoutes.Since, timestamp);

    /// <summary>That many records before the tail; 0 is the tail.</summary>
    public static ReadStart Last(long count) => new(WireRoutes.Last, count);

    /// <summary>The LSN, if this is one.</summary>
    internal long? Lsn => _parameter is null or WireRoutes.From ? _value : null;

    /// <summary>It is a time, which no record may have reached yet.</summary>
    internal bool IsTime => _parameter == WireRoutes.Since;

    internal string Query => _parameter == string.Empty ? string.Empty : FormattableString.Invariant($"&{_parameter ?? WireRoutes.From}={_value}");
}
