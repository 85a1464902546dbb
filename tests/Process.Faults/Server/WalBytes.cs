using System.Buffers.Binary;

namespace Orleans.Log.Process.Faults.Server;

/// <summary>The log of a data directory as bytes (docs/FORMAT.md §2–5): small enough that all of its records stand in the first file.</summary>
internal static class WalBytes
{
    private const int Sector = 4096;

    /// <summary>A block with records: its number, its place and the timestamp of its first record, in milliseconds.</summary>
    public readonly record struct Block(long Sequence, int Offset, long Timestamp);

    /// <summary>The file that holds the records.</summary>
    public static string File(string data) => Path.Combine(data, "wal", "0000000000000001.wal");

    /// <summary>The blocks that hold records, in order.</summary>
    public static List<Block> Blocks(string data)
    {
        var bytes = Read(File(data));
        var blocks = new List<Block>();
        for (var at = Sector; at < bytes.Length && bytes.AsSpan(at, 4).SequenceEqual("OLBK"u8);)
        {
            var header = bytes.AsSpan(at);
            if (BinaryPrimitives.ReadInt32LittleEndian(header[56..]) > 0)
                blocks.Add(new(BinaryPrimitives.ReadInt64LittleEndian(header[40..]), at, BinaryPrimitives.ReadInt64LittleEndian(header[(96 + 64)..])));

            at += (BinaryPrimitives.ReadInt32LittleEndian(header[52..]) + Sector - 1) / Sector * Sector;
        }

        return blocks;
    }

    /// <summary>Sequence of the newer control slot, and the block through which it says that the log is durable.</summary>
    public static (long Sequence, long DurableThrough) Slot(string data) =>
        new[] { "control.a", "control.b" }.Select(name => Path.Combine(data, name)).Where(System.IO.File.Exists).Select(Read)
            .Select(bytes => (BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(16)), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(80)))).Max();

    /// <summary>Ends when a control slot says what is asked for, looked at whenever one was replaced.</summary>
    public static async Task WaitForSlotAsync(string data, Func<(long Sequence, long DurableThrough), bool> says)
    {
        using var watcher = new FileSystemWatcher(data, "control.*");
        using var replaced = new SemaphoreSlim(0);
        watcher.Renamed += (_, _) => replaced.Release();
        watcher.EnableRaisingEvents = true;
        while (!says(Slot(data)))
            (await replaced.WaitAsync(TimeSpan.FromSeconds(60))).ShouldBeTrue("the control slot should have said so");
    }

    /// <summary>Zeros from an offset on, so many of them or to the end of the file.</summary>
    public static void Zero(string data, int from, int? length = null)
    {
        using var file = System.IO.File.OpenWrite(File(data));
        file.Position = from;
        file.Write(new byte[Math.Min(length ?? int.MaxValue, file.Length - from)]);
    }

    private static byte[] Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
