namespace Orleans.Log;

/// <summary>
/// Every bound that a caller can meet, in one place. A node may be configured to lower ones; none may be raised above these,
/// because disk formats and buffers are sized by them.
/// </summary>
public static class Limits
{
    /// <summary>Longest stream name, in characters (all ASCII, so also bytes). Used by <see cref="StreamName"/>.</summary>
    public const int StreamNameLength = 256;

    /// <summary>Longest producer id, in characters (all ASCII). Stored with every batch of that producer.</summary>
    public const int ProducerIdLength = 64;

    /// <summary>Longest fencing token, in UTF-8 bytes. Kept per stream in memory.</summary>
    public const int FencingTokenBytes = 64;

    /// <summary>Largest record: payload plus headers, in bytes.</summary>
    public const int RecordBytes = 1024 * 1024;

    /// <summary>Most headers of one record.</summary>
    public const int HeadersPerRecord = 64;

    /// <summary>Most records in one batch.</summary>
    public const int BatchRecords = 10_000;

    /// <summary>
    /// Largest batch, in bytes as counted by <see cref="RecordBatch.SizeBytes"/>. A batch is one unit in one block of the
    /// write-ahead log, so this bounds the largest block, and with it what recovery may have to read as one piece.
    /// </summary>
    public const int BatchBytes = 4 * 1024 * 1024;

    /// <summary>What one record costs beyond its payload and headers when batches and pages are measured, in bytes.</summary>
    public const int RecordOverheadBytes = 16;

    /// <summary>Most records in one page of a read.</summary>
    public const int ReadRecords = 10_000;

    /// <summary>Most bytes in one page of a read, counted as in <see cref="BatchBytes"/>. A page holds at least one record.</summary>
    public const int ReadBytes = 4 * 1024 * 1024;

    /// <summary>Longest time that one read waits for new records.</summary>
    public static readonly TimeSpan ReadWait = TimeSpan.FromSeconds(30);

    /// <summary>Most streams in one page of a listing.</summary>
    public const int ListPage = 1_000;

    /// <summary>Most snapshots in one list.</summary>
    public const int Snapshots = 16;

    /// <summary>Shortest age that a stream may be told to keep its records for; a slip of the unit should not empty it.</summary>
    public static readonly TimeSpan RetentionAgeMin = TimeSpan.FromMinutes(1);

    /// <summary>Longest age that a stream may be told to keep its records for. Beyond it: for ever.</summary>
    public static readonly TimeSpan RetentionAgeMax = TimeSpan.FromDays(36_500);

    /// <summary>Largest <see cref="StreamConfig.TimestampLead"/>.</summary>
    public static readonly TimeSpan TimestampLeadMax = TimeSpan.FromDays(36_500);

    /// <summary>Most labels of one stream.</summary>
    public const int Labels = 32;

    /// <summary>Longest label name or value, in characters.</summary>
    public const int LabelLength = 256;

    /// <summary>Highest LSN, term or producer sequence that may ever be used: 2^53−1, exact in a JSON number everywhere.</summary>
    public const long Position = 9_007_199_254_740_991;
}
