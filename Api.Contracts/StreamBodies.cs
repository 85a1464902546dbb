namespace Orleans.Log.Api.Contracts;

/// <summary>A stream as it stood.</summary>
public sealed record StreamBody
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its identity: 32 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>Lowest LSN that can still be read.</summary>
    public long Head { get; init; }

    /// <summary>LSN that the next record gets.</summary>
    public long Tail { get; init; }

    /// <summary>Everything below is in published segments.</summary>
    public long Offloaded { get; init; }

    /// <summary>Ended for good at its tail.</summary>
    public bool Sealed { get; init; }

    /// <summary>A fencing token is set; the token is never shown.</summary>
    public bool Fenced { get; init; }

    /// <summary>Term of its leader.</summary>
    public long Term { get; init; }

    /// <summary>Stored bytes between head and tail: an estimate.</summary>
    public long Bytes { get; init; }

    /// <summary>Timestamp of the last record, milliseconds since 1970 UTC; absent if there never was one.</summary>
    public long? LastTimestamp { get; init; }

    /// <summary>Its configuration.</summary>
    public required StreamConfigBody Config { get; init; }

    /// <summary>Number of the configuration; <c>ETag</c> and <c>If-Match</c> are <c>"c</c> number <c>"</c>.</summary>
    public long ConfigVersion { get; init; }

    /// <summary>When it was created.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>
    /// False, in the listing of a cluster: the node that holds the stream is away. Head, tail and term are then those with which its last leader began, so
    /// lower bounds. Absent otherwise.
    /// </summary>
    public bool? Available { get; init; }
}

/// <summary>The configuration of a stream, also as the body of PUT and PATCH; what is absent stays as it is.</summary>
public sealed record StreamConfigBody
{
    /// <summary>Largest record taken, in bytes.</summary>
    public int? MaxRecordBytes { get; init; }

    /// <summary>How long a silent producer is remembered, in seconds.</summary>
    public long? ProducerExpirySeconds { get; init; }

    /// <summary>How far a record's timestamp may be ahead of the server's clock, in seconds.</summary>
    public long? TimestampLeadSeconds { get; init; }

    /// <summary>How long records are kept, in seconds; absent: for ever. In a PATCH null lifts the bound, as with the two others.</summary>
    public long? RetentionAgeSeconds { get; init; }

    /// <summary>How many stored bytes of records are kept; absent: all.</summary>
    public long? RetentionBytes { get; init; }

    /// <summary>How many records are kept; absent: all.</summary>
    public long? RetentionRecords { get; init; }

    /// <summary>Free text by name. In a PATCH a null value removes the label.</summary>
    public IReadOnlyDictionary<string, string?>? Labels { get; init; }
}

/// <summary>One page of a listing.</summary>
public sealed record StreamListBody
{
    /// <summary>The streams, in ordinal order of their names.</summary>
    public required IReadOnlyList<StreamBody> Streams { get; init; }

    /// <summary>There are more.</summary>
    public bool HasMore { get; init; }

    /// <summary>Name to give as <c>after</c> for the next page.</summary>
    public string? NextAfter { get; init; }
}
