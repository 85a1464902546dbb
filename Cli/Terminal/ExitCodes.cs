using System.Diagnostics;
using Orleans.Log.Client;

namespace Orleans.Log.Cli.Terminal;

/// <summary>The one mapping from error codes to exit codes; exhaustive, so that a new code cannot be forgotten.</summary>
internal static class ExitCodes
{
    public static ExitCode Of(LogErrorCode code) => code switch
    {
        LogErrorCode.BadRequest or LogErrorCode.BadRecord or LogErrorCode.UnsupportedMedia or LogErrorCode.TooLarge => ExitCode.Usage,
        LogErrorCode.Unauthenticated or LogErrorCode.Forbidden => ExitCode.Denied,
        LogErrorCode.StreamNotFound => ExitCode.NotFound,
        LogErrorCode.StreamExists or LogErrorCode.ConfigMismatch or LogErrorCode.AppendConditionFailed or LogErrorCode.Fenced
            or LogErrorCode.StaleProducerEpoch or LogErrorCode.ProducerGap or LogErrorCode.StreamSealed => ExitCode.ConditionFailed,
        LogErrorCode.Unwritten or LogErrorCode.Trimmed => ExitCode.OutOfRange,
        LogErrorCode.TooManyInFlight or LogErrorCode.Overloaded or LogErrorCode.Moving or LogErrorCode.Draining
            or LogErrorCode.ReadOnlyDiskFull or LogErrorCode.StoreUnavailable or LogErrorCode.Unavailable => ExitCode.Unavailable,
        LogErrorCode.TimedOut or LogErrorCode.OutcomeUnknown => ExitCode.OutcomeUnknown,
        LogErrorCode.Internal or LogErrorCode.Closed => ExitCode.Failed,
        LogErrorCode.Corrupt => ExitCode.Corrupt,
        _ => throw new UnreachableException(),
    };

    /// <summary>For a code as the wire spells it; one that this version does not know goes by what the answer says of it.</summary>
    public static ExitCode Of(string code, bool retryable, bool sideEffectsPossible)
    {
        if (LogErrors.FromWireName(code) is { } known)
            return Of(known);

        if (code == LogClientErrors.StreamReplaced)
            return ExitCode.NotFound;

        if (sideEffectsPossible)
            return ExitCode.OutcomeUnknown;

        return retryable ? ExitCode.Unavailable : ExitCode.Failed;
    }
}
