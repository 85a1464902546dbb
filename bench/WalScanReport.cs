using Orleans.Log.Engine;
using Orleans.Log.Engine.Disk;
using static Orleans.Log.Benchmarks.Figures;

namespace Orleans.Log.Benchmarks;

/// <summary>
/// How fast a reader scans a stream that is in the write-ahead log only, off the disk, next to how fast <c>dd</c> reads the same files, after the page cache
/// has let go of them. Speeds are of the bytes of the files, with all that frames a record.
/// </summary>
internal static class WalScanReport
{
    private const long StreamBytes = 1L << 30;
    private const int Rounds = 5;

    /// <summary>Scans before the first one that counts: a process that has just begun still compiles.</summary>
    private const int WarmUp = 3;

    public static async Task RunAsync(string parent)
    {
        await Console.Out.WriteLineAsync(Head("record", "page", "dd, MiB/s", "scan, MiB/s", "scan to dd", "CPU of the scan, ms/GiB"));
        foreach (var recordBytes in new[] { 1024, 100 })
        {
            var directory = Path.Combine(parent, $"olog-bench-{Guid.NewGuid():n}");
            Directory.CreateDirectory(directory);
            try
            {
                await MeasureAsync(directory, recordBytes);
            }
            finally
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    private static async Task MeasureAsync(string directory, int recordBytes)
    {
        var options = new LogNodeOptions();
        await using var node = await LogNode.StartAsync(options, new LogNodeHost { Disk = HostDisk.Open(directory) });
        var stream = await Streams.MakeAsync(node, "scan");
        await Streams.FillAsync(stream, recordBytes, StreamBytes);

        // Those that are prepared hold nothing yet.
        var files = Directory.GetFiles(directory, "*.wal", SearchOption.AllDirectories).Order(StringComparer.Ordinal).SkipLast(options.Wal.PreparedFiles).ToArray();
        var mib = files.Sum(static file => new FileInfo(file).Length) / (double)(1 << 20);
        foreach (var pageBytes in new[] { 1 << 20, 4 << 20 })
        {
            for (var i = 0; i < WarmUp; i++)
                await Streams.ScanAsync(stream, pageBytes, StreamBytes);

            // Alternating, so that both meet the same machine.
            var (dd, scan) = (new List<Cost>(), new List<Cost>());
            for (var i = 0; i < Rounds; i++)
            {
                dd.Add(await ColdFiles.MeasureAsync(files, () => ColdFiles.DdAsync(files)));
                scan.Add(await ColdFiles.MeasureAsync(files, () => Streams.ScanAsync(stream, pageBytes, StreamBytes)));
            }

            await Console.Out.WriteLineAsync(Row(
                $"{recordBytes} B",
                $"{pageBytes >> 20} MiB",
                Median(dd, pass => mib / pass.Elapsed.TotalSeconds, "#,##0"),
                Median(scan, pass => mib / pass.Elapsed.TotalSeconds, "#,##0"),
                Ratios(dd, scan, static pass => pass.Elapsed.TotalSeconds),
                Median(scan, pass => pass.Processor.TotalMilliseconds * 1024 / mib, "0")));
        }
    }
}
