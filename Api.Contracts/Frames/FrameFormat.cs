namespace Orleans.Log.Api.Contracts.Frames;

/// <summary>
/// The layout of <see cref="WireMediaTypes.Frames"/>, little-endian throughout. It is measured like a batch: preamble apart, a body
/// is exactly as long as the bytes that the limits count.
/// <code>
/// append:  "OLA1" u32 count                                                            then count records   (8 bytes)
/// page:    "OLP1" u32 count  i64 first  i64 next  i64 head  i64 tail  u32 flags  u32 0  then count records   (48 bytes)
/// record:  u32 content  i64 timestamp  u16 headers  u16 0  then the headers, then the payload: content bytes in all   (16 + content)
/// header:  u16 name  u32 value  then name and value                                                          (6 + name + value)
/// </code>
/// A timestamp is in milliseconds since 1970 UTC; −1 in an append means the time of arrival. Flag bit 0 of a page: sealed. The
/// records of a page have the LSNs first, first+1 …. Whatever is zero or spare must be zero. Nothing may follow the last record.
/// </summary>
public static class FrameFormat
{
    /// <summary>Length of what precedes the records of an append, in bytes.</summary>
    public const int AppendPreambleBytes = 8;

    /// <summary>Length of what precedes the records of a page, in bytes.</summary>
    public const int PagePreambleBytes = 48;

    /// <summary>Largest append body, in bytes.</summary>
    public const int MaxAppendBytes = AppendPreambleBytes + WireLimits.BatchBytes;

    /// <summary>Timestamp that stands for the time of arrival.</summary>
    public const long NoTimestamp = -1;

    internal const uint AppendMagic = 0x31414C4F; // "OLA1"
    internal const uint PageMagic = 0x31504C4F; // "OLP1"
    internal const uint SealedFlag = 1;
}

/// <summary>A body that is not what <see cref="FrameFormat"/> says. The message names the place, never the content.</summary>
public sealed class FrameFormatException : FormatException
{
    /// <summary>A fault of form.</summary>
    public FrameFormatException(string message)
        : base(message)
    {
    }

    /// <summary>A size beyond its limit.</summary>
    public FrameFormatException(string message, long limit, string unit)
        : base(message)
    {
        Limit = limit;
        Unit = unit;
    }

    /// <summary>The limit that was met, or null for a fault of form.</summary>
    public long? Limit { get; }

    /// <summary>What <see cref="Limit"/> counts: bytes, records or headers.</summary>
    public string? Unit { get; }
}
