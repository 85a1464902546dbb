namespace Orleans.Log.Engine.Metadata;

/// <summary>Why a call to a metadata store failed.</summary>
public enum MetadataErrorKind
{
    /// <summary>The key has another value than the expected one, or has one where none was expected. Nothing happened; read again and decide anew.</summary>
    Conflict,

    /// <summary>The store cannot be reached or asks for fewer calls. Nothing happened; worth trying again.</summary>
    Unavailable,

    /// <summary>The change may have happened, or may happen yet. Read again and decide anew.</summary>
    OutcomeUnknown,

    /// <summary>The store will not do this, however often it is asked, or holds what a newer version of this software wrote. Nothing happened.</summary>
    Refused,

    /// <summary>What lies under the key does not verify, also when it is read a second time. It is never taken for absent.</summary>
    Damaged,
}

/// <summary>A call to a metadata store failed. Its message is for people and holds no secrets.</summary>
public sealed class MetadataStoreException(MetadataErrorKind kind, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>Why.</summary>
    public MetadataErrorKind Kind { get; } = kind;

    /// <summary>How long the store asks to be left alone; null if it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Of a damaged value: its version, by which it can be replaced or deleted on purpose; null for every other failure.</summary>
    public MetadataVersion? DamagedVersion { get; init; }
}
