using System.Globalization;

namespace Orleans.Log.Engine.Tests;

/// <summary>
/// Bytes that a format had when it was published, as hexadecimal text with comments; "3 * 5a" is a byte so many times. Today's code must write and read the same.
/// </summary>
internal static class Golden
{
    public static byte[] Read(string file)
    {
        var lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, file));
        return [.. lines.SelectMany(line => Bytes(line.Split('#')[0].Replace(" ", "", StringComparison.Ordinal).Split('*')))];
    }

    private static byte[] Bytes(string[] text) => text is [var times, var hex]
        ? Enumerable.Repeat(Convert.FromHexString(hex)[0], int.Parse(times, CultureInfo.InvariantCulture)).ToArray()
        : Convert.FromHexString(text[0]);
}
