using System.Globalization;

namespace Orleans.Log.Api.Server.Connections;

/// <summary>
/// The number of files that the process may have open, and what of it connections may use. The rest is a reserve: a flood of connections must not be what
/// keeps the log from opening its next WAL file, or the runtime from loading what it has not used yet.
/// </summary>
/// <param name="Limit">Descriptors that the process may have; null where the system does not say.</param>
/// <param name="Open">Descriptors that were open when this was read.</param>
public sealed record DescriptorLimit(int? Limit, int Open)
{
    /// <summary>
    /// Descriptors kept for everything but connections, beyond those that are open at the start: WAL files, checkpoints, blob files (256 reads at once at most), and two for
    /// each library that the runtime loads later, some 30 of them.
    /// </summary>
    public const int Reserve = 256;

    /// <summary>Fewer connections than this are no service.</summary>
    public const int LeastConnections = 16;

    /// <summary>Where nothing is known of a limit.</summary>
    public static DescriptorLimit Unknown { get; } = new(Limit: null, 0);

    /// <summary>Connections and sessions that may be open together.</summary>
    public int ForConnections => Limit is { } limit ? limit - Open - Reserve : int.MaxValue;

    /// <summary>What holds for this process now. The runtime has raised its own soft limit to the hard one before.</summary>
    public static DescriptorLimit Read() =>
        OperatingSystem.IsLinux() ? new DescriptorLimit(Parse(File.ReadLines("/proc/self/limits")), Directory.GetFileSystemEntries("/proc/self/fd").Length) : Unknown;

    /// <summary>The soft limit in the lines of <c>/proc/self/limits</c>; null if there is none.</summary>
    public static int? Parse(IEnumerable<string> lines)
    {
        const string Name = "Max open files";
        var words = lines.FirstOrDefault(static line => line.StartsWith(Name, StringComparison.Ordinal))?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words is [var soft, ..] && long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? (int)Math.Min(limit, int.MaxValue) : null;
    }
}
