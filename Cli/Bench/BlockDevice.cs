using System.Globalization;

namespace Orleans.Log.Cli.Bench;

/// <summary>
/// The kernel's own count of flushes on the device under a directory: evidence, from outside the process, that acknowledgements
/// were flushed. A write that bypasses the device's cache (FUA) is counted by some devices as a flush and by some not at all.
/// </summary>
internal sealed class BlockDevice
{
    private const int FlushField = 15;
    private readonly string _statistics;

    private BlockDevice(string statistics) => _statistics = statistics;

    /// <summary>The device that holds the directory, or null where the system does not say (not Linux, tmpfs, overlay).</summary>
    public static BlockDevice? Of(string directory)
    {
        const string Mounts = "/proc/self/mountinfo";
        if (!File.Exists(Mounts))
            return null;

        var path = Path.GetFullPath(directory);
        var best = (Root: string.Empty, Device: string.Empty);
        foreach (var line in File.ReadLines(Mounts))
        {
            var fields = line.Split(' ');
            if (fields.Length > 4 && IsBelow(path, fields[4]) && fields[4].Length >= best.Root.Length)
                best = (fields[4], fields[2]);
        }

        var statistics = $"/sys/dev/block/{best.Device}/stat";
        return File.Exists(statistics) ? new BlockDevice(statistics) : null;
    }

    /// <summary>Flushes since the system started, or null if the kernel does not count them.</summary>
    public long? Flushes
    {
        get
        {
            var fields = File.ReadAllText(_statistics).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            return fields.Length > FlushField ? long.Parse(fields[FlushField], CultureInfo.InvariantCulture) : null;
        }
    }

    private static bool IsBelow(string path, string root) =>
        root == "/" || path == root || path.StartsWith(root + '/', StringComparison.Ordinal);
}
