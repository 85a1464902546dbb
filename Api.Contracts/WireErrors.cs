namespace Orleans.Log.Api.Contracts;

/// <summary>Spelling of the error codes in <see cref="ProblemBody.Code"/>. docs/HTTP.md says what each means.</summary>
public static class WireErrors
{
    /// <summary>The request is wrong.</summary>
    public const string BadRequest = "bad_request";

    /// <summary>A record or batch breaks a rule.</summary>
    public const string BadRecord = "bad_record";

    /// <summary>A content type or encoding that is not taken.</summary>
    public const string UnsupportedMedia = "unsupported_media";

    /// <summary>Nobody knows who is calling.</summary>
    public const string Unauthenticated = "unauthenticated";

    /// <summary>The caller may not do this.</summary>
    public const string Forbidden = "forbidden";

    /// <summary>No such stream.</summary>
    public const string StreamNotFound = "stream_not_found";

    /// <summary>The stream was to be new.</summary>
    public const string StreamExists = "stream_exists";

    /// <summary>The configuration has another version.</summary>
    public const string ConfigMismatch = "config_mismatch";

    /// <summary>The tail is another one.</summary>
    public const string AppendConditionFailed = "append_condition_failed";

    /// <summary>This writer is shut out.</summary>
    public const string Fenced = "fenced";

    /// <summary>A newer epoch of the producer has written.</summary>
    public const string StaleProducerEpoch = "stale_producer_epoch";

    /// <summary>The sequence is not the producer's next one.</summary>
    public const string ProducerGap = "producer_gap";

    /// <summary>The stream is sealed.</summary>
    public const string StreamSealed = "stream_sealed";

    /// <summary>Beyond the tail.</summary>
    public const string Unwritten = "unwritten";

    /// <summary>Below the head.</summary>
    public const string Trimmed = "trimmed";

    /// <summary>Over a limit.</summary>
    public const string TooLarge = "too_large";

    /// <summary>The stream has too much in flight.</summary>
    public const string TooManyInFlight = "too_many_in_flight";

    /// <summary>The node has too much in flight.</summary>
    public const string Overloaded = "overloaded";

    /// <summary>The stream is changing its leader.</summary>
    public const string Moving = "moving";

    /// <summary>The node is shutting down.</summary>
    public const string Draining = "draining";

    /// <summary>The disk is full; reads work.</summary>
    public const string ReadOnlyDiskFull = "read_only_disk_full";

    /// <summary>The blob store cannot be reached: what is only there cannot be read. Appends work.</summary>
    public const string StoreUnavailable = "store_unavailable";

    /// <summary>The node that holds the stream is away.</summary>
    public const string Unavailable = "unavailable";

    /// <summary>Took too long; may have happened.</summary>
    public const string TimedOut = "timed_out";

    /// <summary>May have happened.</summary>
    public const string OutcomeUnknown = "outcome_unknown";

    /// <summary>A defect.</summary>
    public const string Internal = "internal";

    /// <summary>Damaged data.</summary>
    public const string Corrupt = "corrupt";

    /// <summary>Closed by its owner; never on the wire, kept for clients.</summary>
    public const string Closed = "closed";

    /// <summary>Value of <see cref="ProblemBody.SideEffects"/>: certainly no effect.</summary>
    public const string NoSideEffects = "none";

    /// <summary>Value of <see cref="ProblemBody.SideEffects"/>: perhaps an effect.</summary>
    public const string PossibleSideEffects = "possible";
}
