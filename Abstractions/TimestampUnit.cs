using System.Globalization;

namespace Orleans.Log;

/// <summary>Says of a timestamp that is rejected what it may have been meant to be, for the messages of errors. Timestamps are milliseconds since 1970 UTC.</summary>
public static class TimestampUnit
{
    // A time of these decades is 10^9 in seconds, 10^12 in milliseconds and so on; read as milliseconds these bounds are 1973, 5138 and far beyond.
    private const long Seconds = 100_000_000_000;
    private const long Milliseconds = Seconds * 1_000;
    private const long Microseconds = Milliseconds * 1_000;

    /// <summary>A sentence that names the unit that the number seems to be in, with a space before it; empty if that is milliseconds.</summary>
    public static string Hint(long timestamp) => timestamp switch
    {
        < 0 => string.Empty,
        < Seconds => " It looks like seconds; milliseconds are wanted.",
        < Milliseconds => string.Empty,
        < Microseconds => " It looks like microseconds; milliseconds are wanted.",
        _ => " It looks like nanoseconds; milliseconds are wanted.",
    };

    /// <summary>The time as text; the number of milliseconds if it is beyond the calendar.</summary>
    public static string Text(long timestamp) => timestamp >= 0 && timestamp <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
        ? DateTimeOffset.FromUnixTimeMilliseconds(timestamp).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)
        : "beyond the year 9999";
}
