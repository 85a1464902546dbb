using System.Diagnostics;

namespace Orleans.Log;

/// <summary>Could a call that failed have had an effect?</summary>
public enum SideEffects
{
    /// <summary>Certainly none.</summary>
    None,

    /// <summary>Perhaps: read back, or repeat with a producer stamp.</summary>
    Possible,
}

/// <summary>
/// The one table that says of every error code how it is spelled on the wire, whether the same call may succeed later, and whether
/// it may have had an effect. Switches are exhaustive, so that a new code cannot be forgotten.
/// </summary>
public static class LogErrors
{
    /// <summary>All codes.</summary>
    public static IReadOnlyList<LogErrorCode> All { get; } = Enum.GetValues<LogErrorCode>();

    /// <summary>The code as it is spelled in JSON, metrics and logs.</summary>
    public static string WireName(LogErrorCode code) => code switch
    {
        LogErrorCode.BadRequest => "bad_request",
        LogErrorCode.BadRecord => "bad_record",
        LogErrorCode.UnsupportedMedia => "unsupported_media",
        LogErrorCode.Unauthenticated => "unauthenticated",
        LogErrorCode.Forbidden => "forbidden",
        LogErrorCode.StreamNotFound => "stream_not_found",
        LogErrorCode.StreamExists => "stream_exists",
        LogErrorCode.ConfigMismatch => "config_mismatch",
        LogErrorCode.AppendConditionFailed => "append_condition_failed",
        LogErrorCode.Fenced => "fenced",
        LogErrorCode.StaleProducerEpoch => "stale_producer_epoch",
        LogErrorCode.ProducerGap => "producer_gap",
        LogErrorCode.StreamSealed => "stream_sealed",
        LogErrorCode.Unwritten => "unwritten",
        LogErrorCode.Trimmed => "trimmed",
        LogErrorCode.TooLarge => "too_large",
        LogErrorCode.TooManyInFlight => "too_many_in_flight",
        LogErrorCode.Overloaded => "overloaded",
        LogErrorCode.Moving => "moving",
        LogErrorCode.Draining => "draining",
        LogErrorCode.ReadOnlyDiskFull => "read_only_disk_full",
        LogErrorCode.StoreUnavailable => "store_unavailable",
        LogErrorCode.Unavailable => "unavailable",
        LogErrorCode.TimedOut => "timed_out",
        LogErrorCode.OutcomeUnknown => "outcome_unknown",
        LogErrorCode.Internal => "internal",
        LogErrorCode.Corrupt => "corrupt",
        LogErrorCode.Closed => "closed",
        _ => throw new UnreachableException(),
    };

    /// <summary>The code of a wire name, or null if this version does not know it.</summary>
    public static LogErrorCode? FromWireName(string? name)
    {
        foreach (var code in All)
        {
            if (string.Equals(WireName(code), name, StringComparison.Ordinal))
                return code;
        }

        return null;
    }

    /// <summary>May the same call succeed later without being changed?</summary>
    public static bool IsRetryable(LogErrorCode code) => code switch
    {
        LogErrorCode.TooManyInFlight or LogErrorCode.Overloaded or LogErrorCode.Moving or LogErrorCode.Draining
            or LogErrorCode.ReadOnlyDiskFull or LogErrorCode.StoreUnavailable or LogErrorCode.Unavailable or LogErrorCode.TimedOut
            or LogErrorCode.OutcomeUnknown => true,
        LogErrorCode.BadRequest or LogErrorCode.BadRecord or LogErrorCode.UnsupportedMedia or LogErrorCode.Unauthenticated
            or LogErrorCode.Forbidden or LogErrorCode.StreamNotFound or LogErrorCode.StreamExists or LogErrorCode.ConfigMismatch
            or LogErrorCode.AppendConditionFailed or LogErrorCode.Fenced or LogErrorCode.StaleProducerEpoch or LogErrorCode.ProducerGap
            or LogErrorCode.StreamSealed or LogErrorCode.Unwritten or LogErrorCode.Trimmed or LogErrorCode.TooLarge
            or LogErrorCode.Internal or LogErrorCode.Corrupt or LogErrorCode.Closed => false,
        _ => throw new UnreachableException(),
    };

    /// <summary>Could the call have had an effect?</summary>
    public static SideEffects SideEffectsOf(LogErrorCode code) => code switch
    {
        LogErrorCode.TimedOut or LogErrorCode.OutcomeUnknown or LogErrorCode.Internal or LogErrorCode.Corrupt
            or LogErrorCode.Closed => SideEffects.Possible,
        LogErrorCode.BadRequest or LogErrorCode.BadRecord or LogErrorCode.UnsupportedMedia or LogErrorCode.Unauthenticated
            or LogErrorCode.Forbidden or LogErrorCode.StreamNotFound or LogErrorCode.StreamExists or LogErrorCode.ConfigMismatch
            or LogErrorCode.AppendConditionFailed or LogErrorCode.Fenced or LogErrorCode.StaleProducerEpoch or LogErrorCode.ProducerGap
            or LogErrorCode.StreamSealed or LogErrorCode.Unwritten or LogErrorCode.Trimmed or LogErrorCode.TooLarge
            or LogErrorCode.TooManyInFlight or LogErrorCode.Overloaded or LogErrorCode.Moving or LogErrorCode.Draining
            or LogErrorCode.ReadOnlyDiskFull or LogErrorCode.StoreUnavailable or LogErrorCode.Unavailable => SideEffects.None,
        _ => throw new UnreachableException(),
    };
}
