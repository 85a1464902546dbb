using System.Globalization;

namespace Orleans.Log.Cli.Terminal;

/// <summary>Amounts as people write and read them.</summary>
internal static class Amounts
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>1536 → "1.5 KiB".</summary>
    public static string Bytes(double bytes)
    {
        var unit = 0;
        for (; bytes >= 1024 && unit < Units.Length - 1; unit++)
            bytes /= 1024;

        return string.Create(CultureInfo.InvariantCulture, $"{bytes:0.#} {Units[unit]}");
    }

    /// <summary>1234567 → "1,234,567".</summary>
    public static string Count(double count) => count.ToString("#,##0", CultureInfo.InvariantCulture);

    /// <summary>Milliseconds since 1970 UTC as ISO 8601.</summary>
    public static string Time(long? timestamp)
    {
        // A client may give any timestamp; what no calendar has is shown as the number.
        if (timestamp is not { } value)
            return "-";

        return value is >= 0 and <= 253_402_300_799_999
            ? DateTimeOffset.FromUnixTimeMilliseconds(value).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)
            : value.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Takes milliseconds since 1970 UTC, or a date and time (UTC unless it says otherwise); null if it is neither.</summary>
    public static long? ParseTime(string text)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds))
            return milliseconds;

        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out var time) ? time.ToUnixTimeMilliseconds() : null;
    }

    /// <summary>Takes "250ms", "10s", "5m", "2h", "7d" or bare seconds; null if it is none of them.</summary>
    public static TimeSpan? ParseDuration(string text)
    {
        var digits = text.AsSpan().TrimEnd("mshd");
        if (!double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) || value > 1e9)
            return null;

        return text[digits.Length..] switch
        {
            "ms" => TimeSpan.FromMilliseconds(value),
            "" or "s" => TimeSpan.FromSeconds(value),
            "m" => TimeSpan.FromMinutes(value),
            "h" => TimeSpan.FromHours(value),
            "d" when value <= 1e6 => TimeSpan.FromDays(value),
            _ => null,
        };
    }

    /// <summary>Takes a whole number of bytes, or one with KiB, MiB, GiB or TiB behind it; null if it is neither.</summary>
    public static long? ParseSize(string text)
    {
        for (var power = Units.Length - 1; power > 0; power--)
        {
            if (text.EndsWith(Units[power], StringComparison.Ordinal))
                return ParseCount(text[..^Units[power].Length]) is { } units && units <= long.MaxValue >> (10 * power) ? units << (10 * power) : null;
        }

        return ParseCount(text);
    }

    /// <summary>Takes a whole number that is not negative; null if it is none.</summary>
    public static long? ParseCount(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;
}
