namespace Orleans.Log.Api.Contracts;

/// <summary>The bounds that hold on the wire; the same numbers as the engine's, which a test keeps true.</summary>
public static class WireLimits
{
    /// <summary>Largest record, payload plus headers, in bytes.</summary>
    public const int RecordBytes = 1024 * 1024;

    /// <summary>Most headers of one record.</summary>
    public const int HeadersPerRecord = 64;

    /// <summary>Most records in one batch or page.</summary>
    public const int BatchRecords = 10_000;

    /// <summary>Largest batch, in bytes: content plus <see cref="RecordOverheadBytes"/> a record.</summary>
    public const int BatchBytes = 4 * 1024 * 1024;

    /// <summary>What a record costs beyond its content; the length of a record frame's fixed part.</summary>
    public const int RecordOverheadBytes = 16;

    /// <summary>What a header costs beyond its name and value; the length of a header frame's fixed part.</summary>
    public const int HeaderOverheadBytes = 6;

    /// <summary>Longest wait of one read, in seconds.</summary>
    public const int ReadWaitSeconds = 30;

    /// <summary>Highest LSN or producer sequence: 2^53−1.</summary>
    public const long Position = 9_007_199_254_740_991;
}
