namespace Orleans.Log.Client;

/// <summary>
/// A call failed. <see cref="Code"/> says why, <see cref="Retryable"/> whether the same call may succeed later, and
/// <see cref="SideEffects"/> whether it may have had an effect all the same. One instance may be told to the callbacks of several
/// batches of an appender; whatever is thrown is an instance of its own, with that one inside.
/// </summary>
public sealed class LogClientException : Exception
{
    /// <summary>A failure with a message for people.</summary>
    public LogClientException(
        string code,
        string message,
        bool retryable = false,
        CallSideEffects sideEffects = CallSideEffects.None,
        LogErrorDetails? details = null,
        Exception? innerException = null)
        : base(message, innerException)
    {
        Code = code;
        Retryable = retryable;
        SideEffects = sideEffects;
        Details = details ?? LogErrorDetails.None;
    }

    /// <summary>One of <see cref="LogClientErrors"/>, or a code that a newer server knows and this version does not.</summary>
    public string Code { get; }

    /// <summary>The same call may succeed later without being changed.</summary>
    public bool Retryable { get; }

    /// <summary>Could the call have had an effect?</summary>
    public CallSideEffects SideEffects { get; }

    /// <summary>What a program needs to go on.</summary>
    public LogErrorDetails Details { get; }

    /// <summary>
    /// The same failure for one more to throw: an exception that many throw collects the stack traces of all of them, over and over.
    /// </summary>
    internal LogClientException Again(CallSideEffects sideEffects) => new(Code, Message, Retryable, sideEffects, Details, this);
}

/// <summary>Could a call that failed have had an effect?</summary>
public enum CallSideEffects
{
    /// <summary>Certainly none.</summary>
    None,

    /// <summary>Perhaps: read back, or repeat with the same producer stamp.</summary>
    Possible,
}

/// <summary>Typed details of a failure. Null means: not part of this one.</summary>
public sealed record LogErrorDetails
{
    /// <summary>No details.</summary>
    public static LogErrorDetails None { get; } = new();

    /// <summary>HTTP status, if the server answered.</summary>
    public int? Status { get; init; }

    /// <summary>How long the server asks to wait before the next attempt.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Tail of the stream.</summary>
    public long? Tail { get; init; }

    /// <summary>Head of the stream.</summary>
    public long? Head { get; init; }

    /// <summary>The tail that the caller expected.</summary>
    public long? ExpectedTail { get; init; }

    /// <summary>Producer sequence that would have been taken.</summary>
    public long? ExpectedSequence { get; init; }

    /// <summary>Producer sequence that came.</summary>
    public long? ReceivedSequence { get; init; }

    /// <summary>Producer epoch that the stream knows.</summary>
    public int? Epoch { get; init; }

    /// <summary>The limit that was met.</summary>
    public long? Limit { get; init; }

    /// <summary>What <see cref="Limit"/> counts.</summary>
    public string? Unit { get; init; }

    /// <summary>Present version of the stream's configuration.</summary>
    public long? ConfigVersion { get; init; }

    /// <summary>Short machine-readable reason where a code has several.</summary>
    public string? Reason { get; init; }

    /// <summary>Where reading works again, behind what cannot be read.</summary>
    public long? Next { get; init; }

    /// <summary>Trace that the server's logs know the request by.</summary>
    public string? TraceId { get; init; }
}
