namespace Orleans.Log.Client;

/// <summary>
/// The codes of <see cref="LogClientException.Code"/> that are made on this side of the wire, or that decide what this side does: those that only a client
/// can know, and some that the log itself answers with, spelled as it spells them. docs/HTTP.md lists all of the latter.
/// </summary>
public static class LogClientErrors
{
    /// <summary>No connection to the server could be made, so nothing was sent. Retryable, no side effects.</summary>
    public const string Unreachable = "unreachable";

    /// <summary>The appender or client was closed by its owner.</summary>
    public const string Closed = "closed";

    /// <summary>An appender has as many bytes waiting for room as it takes; this call was not queued.</summary>
    public const string TooManyInFlight = "too_many_in_flight";

    /// <summary>A call took longer than its time-out.</summary>
    public const string TimedOut = "timed_out";

    /// <summary>The connection broke after the request had gone out: it may have been carried out.</summary>
    public const string OutcomeUnknown = "outcome_unknown";

    /// <summary>The stream that was being followed is gone, and another one stands under its name.</summary>
    public const string StreamReplaced = "stream_replaced";

    /// <summary>The call is wrong.</summary>
    public const string BadRequest = "bad_request";

    /// <summary>A record or batch breaks a rule.</summary>
    public const string BadRecord = "bad_record";

    /// <summary>Over a limit.</summary>
    public const string TooLarge = "too_large";

    /// <summary>The sequence is not the producer's next one.</summary>
    public const string ProducerGap = "producer_gap";

    /// <summary>No such stream.</summary>
    public const string StreamNotFound = "stream_not_found";

    /// <summary>The stream is sealed.</summary>
    public const string StreamSealed = "stream_sealed";

    /// <summary>Stored records are damaged or lost; <see cref="LogErrorDetails.Next"/> says where reading works again.</summary>
    public const string Corrupt = "corrupt";

    /// <summary>A defect.</summary>
    public const string Internal = "internal";
}
