using Orleans.Runtime;

namespace Orleans.Log.Grains.Calling;

/// <summary>What the failure of a grain call means for the log. Orleans' own failures say that no answer came, and nothing of what happened.</summary>
/// <param name="Known">The log's own answer; null if there was none.</param>
/// <param name="Cause">What was thrown.</param>
internal readonly record struct GrainFailure(LogException? Known, Exception Cause)
{
    /// <summary>Nothing has happened, and soon the same call may find the stream's leader.</summary>
    public bool IsPassing => Known is { Code: LogErrorCode.Moving };

    /// <summary>No answer came: the call may have been carried out.</summary>
    public bool IsUnknown => Known is null;

    /// <summary>The meaning of an exception, or null if it is a defect or a cancellation, which go their way.</summary>
    public static GrainFailure? Of(Exception error) => error switch
    {
        LogException known => new GrainFailure(known, error),

        // A director that refused to place the grain: nobody was called.
        OrleansMessageRejectionException { InnerException: LogException known } => new GrainFailure(known, error),
        GatewayTooBusyException => new GrainFailure(new LogException(LogErrorCode.Overloaded, "The silo has too many calls to answer.", default, error), error),
        OrleansException or TimeoutException => new GrainFailure(null, error),
        _ => null,
    };

    /// <summary>What the caller of something that changes the stream is told.</summary>
    public LogException ForChange() => Known
        ?? new LogException(LogErrorCode.OutcomeUnknown, "The cluster gave no answer: the call may have been carried out.", new LogErrorFacts(Reason: "no_answer"), Cause);

    /// <summary>What a reader is told.</summary>
    public LogException ForRead() => Known
        ?? new LogException(LogErrorCode.Unavailable, "The cluster gave no answer.", new LogErrorFacts(Reason: "no_answer"), Cause);
}
