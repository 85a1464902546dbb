using Orleans.Log.Api.Contracts;

namespace Orleans.Log.Client;

/// <summary>
/// The codes of <see cref="LogClientException.Code"/>: those of the wire (<see cref="WireErrors"/>), and those that only a
/// client can know.
/// </summary>
public static class LogClientErrors
{
    /// <summary>No connection to the server could be made, so nothing was sent. Retryable, no side effects.</summary>
    public const string Unreachable = "unreachable";

    /// <summary>The appender or client was closed by its owner.</summary>
    public const string Closed = WireErrors.Closed;

    /// <summary>An appender has as many bytes waiting for room as it takes; this call was not queued.</summary>
    public const string TooManyInFlight = WireErrors.TooManyInFlight;

    /// <summary>A call took longer than its time-out.</summary>
    public const string TimedOut = WireErrors.TimedOut;

    /// <summary>The connection broke after the request had gone out: it may have been carried out.</summary>
    public const string OutcomeUnknown = WireErrors.OutcomeUnknown;

    /// <summary>The stream that was being followed is gone, and another one stands under its name.</summary>
    public const string StreamReplaced = "stream_replaced";

    internal static LogClientException ClosedByOwner(CallSideEffects sideEffects = CallSideEffects.None) =>
        new(Closed, "The appender or its client is closed.", retryable: false, sideEffects);
}
