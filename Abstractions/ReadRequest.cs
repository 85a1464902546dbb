namespace Orleans.Log;

/// <summary>Where a read begins.</summary>
public enum ReadOrigin
{
    /// <summary>At the LSN given.</summary>
    Lsn,

    /// <summary>At the first record whose timestamp is not below the one given, in milliseconds since 1970 UTC.</summary>
    Timestamp,

    /// <summary>That many records before the tail; 0 is the tail itself.</summary>
    Last,
}

/// <summary>A bounded read. All bounds hold together; a page has at least one record if there is one to be had.</summary>
public readonly record struct ReadRequest
{
    /// <summary>How <see cref="Start"/> is meant.</summary>
    public ReadOrigin Origin { get; init; }

    /// <summary>LSN, timestamp or count, by <see cref="Origin"/>; not negative.</summary>
    public long Start { get; init; }

    /// <summary>Most records, 1 to <see cref="Limits.ReadRecords"/>; null for 1,000.</summary>
    public int? MaxRecords { get; init; }

    /// <summary>Most bytes, 1 to <see cref="Limits.ReadBytes"/>, counted as a batch is; null for 1 MiB. The first record comes whatever its size.</summary>
    public int? MaxBytes { get; init; }

    /// <summary>Stop before the first record with this timestamp or a later one, in milliseconds since 1970 UTC.</summary>
    public long? Until { get; init; }

    /// <summary>
    /// How long to wait at the tail for a first record, up to <see cref="Limits.ReadWait"/>. With a wait a start beyond the tail waits
    /// too; when the time is over the page is empty.
    /// </summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Take a start below the head as the head and one beyond the tail as the tail, instead of refusing it.</summary>
    public bool Clamp { get; init; }

    /// <summary>A read from an LSN.</summary>
    public static ReadRequest FromLsn(long lsn) => new() { Origin = ReadOrigin.Lsn, Start = lsn };

    /// <summary>A read from a time, in milliseconds since 1970 UTC.</summary>
    public static ReadRequest Since(long timestamp) => new() { Origin = ReadOrigin.Timestamp, Start = timestamp };

    /// <summary>A read of the last records.</summary>
    public static ReadRequest LastRecords(long count) => new() { Origin = ReadOrigin.Last, Start = count };
}
