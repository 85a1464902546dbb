using System.Globalization;

namespace Orleans.Log.Api.Server.Settings;

/// <summary>Reads the values of settings. Every method throws <see cref="FormatException"/> with a message for people.</summary>
public static class SettingValues
{
    /// <summary>How a bound that does not bind is written.</summary>
    public const string None = "none";

    private static readonly (string Suffix, long Factor)[] SizeUnits = [("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("B", 1)];

    private static readonly (string Suffix, TimeSpan Unit)[] DurationUnits =
        [("ms", TimeSpan.FromMilliseconds(1)), ("s", TimeSpan.FromSeconds(1)), ("m", TimeSpan.FromMinutes(1)), ("h", TimeSpan.FromHours(1))];

    /// <summary>true or false.</summary>
    public static bool Switch(string value) => value switch
    {
        "true" => true,
        "false" => false,
        _ => throw new FormatException("must be true or false"),
    };

    /// <summary>A whole number within bounds.</summary>
    public static int Number(string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new FormatException(NumberRange(least, most));

    /// <summary>A size in bytes within bounds, with a unit if wanted.</summary>
    public static long Size(string value, long least, long most)
    {
        var (digits, factor) = Split(value, SizeUnits, 1);
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most / factor && number * factor >= least
            ? number * factor
            : throw new FormatException(SizeRange(least, most));
    }

    /// <summary>The same, or <see cref="None"/>, which is null.</summary>
    public static long? SizeOrNone(string value, long least, long most)
    {
        try
        {
            return value == None ? null : Size(value, least, most);
        }
        catch (FormatException error)
        {
            throw new FormatException($"{error.Message}, or {None}", error);
        }
    }

    /// <summary>A time within bounds, with its unit.</summary>
    public static TimeSpan Duration(string value, TimeSpan least, TimeSpan most)
    {
        var (digits, unit) = Split(value, DurationUnits, TimeSpan.Zero);
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && unit > TimeSpan.Zero && unit * number >= least && unit * number <= most
            ? unit * number
            : throw new FormatException(DurationRange(least, most));
    }

    /// <summary>One of the names of an enumeration, in any case.</summary>
    public static T Choice<T>(string value)
        where T : struct, Enum
    {
        foreach (var name in Enum.GetNames<T>())
        {
            if (string.Equals(name, value, StringComparison.OrdinalIgnoreCase))
                return Enum.Parse<T>(name);
        }

        throw new FormatException($"must be one of {string.Join(", ", Enum.GetNames<T>().Select(name => name.ToLowerInvariant()))}");
    }

    /// <summary>What a number must be.</summary>
    public static string NumberRange(long least, long most) =>
        string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {least} to {most}");

    /// <summary>What a size must be. A bound that no disk reaches is none.</summary>
    public static string SizeRange(long least, long most) =>
        most < long.MaxValue / 2
            ? $"must be a size from {SizeText(least)} to {SizeText(most)}, like 64MiB"
            : $"must be a size of at least {SizeText(least)}, like 64MiB";

    /// <summary>What a time must be.</summary>
    public static string DurationRange(TimeSpan least, TimeSpan most) =>
        $"must be a time from {DurationText(least)} to {DurationText(most)}, like 30s (units: ms, s, m, h)";

    /// <summary>A size in the largest unit that keeps it whole.</summary>
    public static string SizeText(long bytes)
    {
        var (suffix, factor) = SizeUnits.Where(unit => bytes > 0 && bytes % unit.Factor == 0).DefaultIfEmpty(("", 1L)).MaxBy(unit => unit.Item2);
        return string.Create(CultureInfo.InvariantCulture, $"{bytes / factor}{(factor == 1 ? "" : suffix)}");
    }

    /// <summary>A time in the largest unit that keeps it whole.</summary>
    public static string DurationText(TimeSpan time)
    {
        var (suffix, unit) = DurationUnits.Where(unit => time > TimeSpan.Zero && time.Ticks % unit.Unit.Ticks == 0)
            .DefaultIfEmpty(("s", TimeSpan.FromSeconds(1))).MaxBy(unit => unit.Item2);
        return string.Create(CultureInfo.InvariantCulture, $"{time.Ticks / unit.Ticks}{suffix}");
    }

    /// <summary>A number as it is written.</summary>
    public static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static (string Digits, T Unit) Split<T>(string value, (string Suffix, T Unit)[] units, T none)
    {
        foreach (var (suffix, unit) in units)
        {
            if (value.EndsWith(suffix, StringComparison.Ordinal))
                return (value[..^suffix.Length], unit);
        }

        return (value, none);
    }
}
