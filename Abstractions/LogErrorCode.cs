namespace Orleans.Log;

/// <summary>
/// Why a call failed. The one table of what each code means for the caller is <see cref="LogErrors"/>.
/// The numbers cross process borders: never renumber.
/// </summary>
public enum LogErrorCode
{
    /// <summary>The request itself is wrong: a name, a parameter, a field, a body that cannot be parsed.</summary>
    BadRequest = 1,

    /// <summary>A record or batch breaks a rule, for example an empty batch.</summary>
    BadRecord = 2,

    /// <summary>A body of a content type or encoding that is not taken here.</summary>
    UnsupportedMedia = 3,

    /// <summary>Nobody knows who is calling.</summary>
    Unauthenticated = 4,

    /// <summary>The caller may not do this.</summary>
    Forbidden = 5,

    /// <summary>There is no stream of that name.</summary>
    StreamNotFound = 10,

    /// <summary>The stream was to be created and exists already.</summary>
    StreamExists = 11,

    /// <summary>The configuration is not of the version that the caller expected.</summary>
    ConfigMismatch = 12,

    /// <summary>The tail is not the expected one.</summary>
    AppendConditionFailed = 20,

    /// <summary>The fencing token, or a newer leader, shuts this writer out.</summary>
    Fenced = 21,

    /// <summary>A newer epoch of this producer has written.</summary>
    StaleProducerEpoch = 22,

    /// <summary>The producer's sequence is not the next one.</summary>
    ProducerGap = 23,

    /// <summary>The stream is sealed.</summary>
    StreamSealed = 24,

    /// <summary>The position lies beyond the tail.</summary>
    Unwritten = 30,

    /// <summary>The position lies below the head.</summary>
    Trimmed = 31,

    /// <summary>A record, batch, body, header or name is over its limit.</summary>
    TooLarge = 40,

    /// <summary>The stream has as many bytes in flight as it may.</summary>
    TooManyInFlight = 41,

    /// <summary>The node has as many bytes in flight as it may.</summary>
    Overloaded = 42,

    /// <summary>The stream is changing its leader.</summary>
    Moving = 43,

    /// <summary>The node is shutting down.</summary>
    Draining = 44,

    /// <summary>The disk or its budget is full: reads and trims work, appends do not.</summary>
    ReadOnlyDiskFull = 45,

    /// <summary>The blob store cannot be reached: what is only there cannot be read, and nothing can be published. Appends work.</summary>
    StoreUnavailable = 46,

    /// <summary>The node that holds the stream is away, in a cluster. Nothing has happened; it works again when the node is back.</summary>
    Unavailable = 47,

    /// <summary>The call took too long; the append may have happened.</summary>
    TimedOut = 50,

    /// <summary>The append may have happened: the node stopped or the connection broke before its outcome was known.</summary>
    OutcomeUnknown = 51,

    /// <summary>A defect.</summary>
    Internal = 60,

    /// <summary>Acknowledged data cannot be read back. Nothing is skipped; the range is refused until it is repaired.</summary>
    Corrupt = 61,

    /// <summary>The appender or client was closed by its owner.</summary>
    Closed = 70,
}
