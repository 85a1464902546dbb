namespace Orleans.Log.Engine.Tests;

/// <summary>Bytes that a format had when it was published, as hexadecimal text with comments. Today's code must write and read the same.</summary>
internal static class Golden
{
    public static byte[] Read(string file)
    {
        var lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, file));
        return Convert.FromHexString(string.Concat(lines.Select(line => line.Split('#')[0].Replace(" ", "", StringComparison.Ordinal))));
    }
}
