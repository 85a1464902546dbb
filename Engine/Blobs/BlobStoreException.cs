namespace Orleans.Log.Engine.Blobs;

/// <summary>Why a call to a blob store failed.</summary>
public enum BlobStoreErrorKind
{
    /// <summary>There is no such blob.</summary>
    NotFound,

    /// <summary>There is a blob of this name already.</summary>
    Exists,

    /// <summary>The blob has another version than the expected one, or is gone.</summary>
    ConditionFailed,

    /// <summary>The store asks for fewer calls; not before <see cref="BlobStoreException.RetryAfter"/>, if it says so.</summary>
    Throttled,

    /// <summary>The store cannot be reached, does not answer in time, has failed inside or has no room. Worth trying again.</summary>
    Unavailable,

    /// <summary>The store will not do this, however often it is asked: no permission, a wrong address, a request that it does not understand.</summary>
    Refused,

    /// <summary>What lies under the name is not a whole blob of this store: it does not verify.</summary>
    Damaged,
}

/// <summary>A call to a blob store failed. Its message is for people and holds no secrets.</summary>
public sealed class BlobStoreException(
    BlobStoreErrorKind kind, string message, bool outcomeUnknown = false, TimeSpan? retryAfter = null, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>Why.</summary>
    public BlobStoreErrorKind Kind { get; } = kind;

    /// <summary>Of a write or a deletion: may it have happened, or happen yet? If false, it has not and will not. Always false for what only reads.</summary>
    public bool OutcomeUnknown { get; } = outcomeUnknown;

    /// <summary>How long the store asks to be left alone; null if it does not say.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>May the same call succeed later, without anything else being done? For a condition that failed: no, read again first.</summary>
    public bool Retryable => Kind is BlobStoreErrorKind.Throttled or BlobStoreErrorKind.Unavailable;
}
