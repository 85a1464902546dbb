namespace Orleans.Log;

/// <summary>A call failed; <see cref="Code"/> says why and <see cref="LogErrors"/> what that means for the caller.</summary>
public sealed class LogException : Exception
{
    /// <summary>A failure with a message for people, without secrets or payloads in it.</summary>
    public LogException(LogErrorCode code, string message, LogErrorFacts facts = default, Exception? innerException = null)
        : base(message, innerException)
    {
        Code = code;
        Facts = facts;
    }

    /// <summary>Why.</summary>
    public LogErrorCode Code { get; }

    /// <summary>What the caller needs to go on.</summary>
    public LogErrorFacts Facts { get; }

    /// <summary>May the same call succeed later?</summary>
    public bool Retryable => LogErrors.IsRetryable(Code);

    /// <summary>Could the call have had an effect?</summary>
    public SideEffects SideEffects => LogErrors.SideEffectsOf(Code);
}

/// <summary>Typed details of a failure. Null means: not part of this code.</summary>
/// <param name="Tail">Committed tail of the stream.</param>
/// <param name="Head">Head of the stream.</param>
/// <param name="ExpectedTail">The tail that the caller expected.</param>
/// <param name="ExpectedSequence">The producer sequence that would have been taken.</param>
/// <param name="ReceivedSequence">The one that came.</param>
/// <param name="Epoch">The producer epoch that the stream knows.</param>
/// <param name="Limit">The limit that was met.</param>
/// <param name="Unit">What <paramref name="Limit"/> counts: bytes, records, characters.</param>
/// <param name="ConfigVersion">The configuration's present version.</param>
/// <param name="Reason">Short machine-readable reason where a code has several.</param>
/// <param name="Next">Where reading works again, behind what cannot be read.</param>
public readonly record struct LogErrorFacts(
    long? Tail = null,
    long? Head = null,
    long? ExpectedTail = null,
    long? ExpectedSequence = null,
    long? ReceivedSequence = null,
    int? Epoch = null,
    long? Limit = null,
    string? Unit = null,
    long? ConfigVersion = null,
    string? Reason = null,
    long? Next = null);
