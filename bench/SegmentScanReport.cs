using Orleans.Log.Engine;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Reading;
using static Orleans.Log.Benchmarks.Figures;

namespace Orleans.Log.Benchmarks;

/// <summary>
/// How fast a reader scans a stream that is in a store of files only, next to how fast that store gives the same segments, one after the other in ranges of the same
/// size, to somebody who does nothing with them; once out of the machine's page cache, and once off the disk, where <c>cat</c> over the same files says what that gives. All go over the same
/// bytes. The processor's time tells more than the clock where others use the machine as well.
/// </summary>
internal static class SegmentScanReport
{
    private const long StreamBytes = 512L << 20;
    private const int Rounds = 5;

    /// <summary>Scans before the first one that counts: a process that has just begun still compiles.</summary>
    private const int WarmUp = 10;

    public static async Task RunAsync(string parent)
    {
        await Console.Out.WriteLineAsync(Head(
            "record", "page", "from", "cat, MiB/s", "store alone, MiB/s", "scan, MiB/s", "scan to store", "CPU of the store alone, ms/GiB", "CPU of the scan, ms/GiB"));
        foreach (var recordBytes in new[] { 1024, 100 })
        {
            var directory = Path.Combine(parent, $"olog-bench-{Guid.NewGuid():n}");
            Directory.CreateDirectory(Path.Combine(directory, "data"));
            Directory.CreateDirectory(Path.Combine(directory, "store"));
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
        using var store = await FileBlobStore.OpenAsync(new FileBlobStoreHost { Disk = HostDisk.Open(Path.Combine(directory, "store")) });
        var options = new LogNodeOptions { SegmentCache = { MemoryBytes = 16 << 20 } };
        await using var node = await LogNode.StartAsync(options, new LogNodeHost { Disk = HostDisk.Open(Path.Combine(directory, "data")), Blobs = store });
        var stream = await FillAsync(node, recordBytes);
        var blobs = (await store.ListAsync("segments/")).Blobs;
        var gib = blobs.Sum(static blob => blob.Length) / (double)(1 << 30);
        foreach (var pageBytes in new[] { 1 << 20, 4 << 20 })
        {
            for (var i = 0; i < WarmUp; i++)
                await Streams.ScanAsync(stream, pageBytes, StreamBytes);

            foreach (var files in new[] { null, Directory.GetFiles(Path.Combine(directory, "store", "segments"), "*", SearchOption.AllDirectories) })
            {
                // Alternating, so that all meet the same machine. Medians.
                var (cat, alone, scan) = (new List<Cost>(), new List<Cost>(), new List<Cost>());
                for (var i = 0; i < Rounds; i++)
                {
                    if (files is not null)
                        cat.Add(await ColdFiles.MeasureAsync(files, () => ColdFiles.CatAsync(files)));

                    alone.Add(await ColdFiles.MeasureAsync(files, () => StoreAsync(store)));
                    scan.Add(await ColdFiles.MeasureAsync(files, () => Streams.ScanAsync(stream, pageBytes, StreamBytes)));
                }

                await Console.Out.WriteLineAsync(Row(
                    $"{recordBytes} B",
                    $"{pageBytes >> 20} MiB",
                    files is null ? "page cache" : "disk",
                    cat.Count == 0 ? "" : Number("#,##0", Speed(cat)),
                    Number("#,##0", Speed(alone)),
                    Number("#,##0", Speed(scan)),
                    Number("0.00", Speed(scan) / Speed(alone)),
                    Processor(alone),
                    Processor(scan)));
            }
        }

        double Speed(List<Cost> passes) => gib * 1024 / Median(passes.Select(static pass => pass.Elapsed.TotalSeconds));

        string Processor(List<Cost> passes) => Median(passes, pass => pass.Processor.TotalMilliseconds / gib, "0");
    }

    private static async Task<ILogStream> FillAsync(LogNode node, int recordBytes)
    {
        var stream = await Streams.MakeAsync(node, "scan");
        await Streams.FillAsync(stream, recordBytes, StreamBytes);
        await stream.SnapshotAsync(CancellationToken.None);
        return stream;
    }

    /// <summary>All segments, from the first byte to the last.</summary>
    private static async Task StoreAsync(FileBlobStore store)
    {
        var blobs = (await store.ListAsync("segments/")).Blobs;
        var buffer = new byte[RunLayout.ExtentLength];
        foreach (var blob in blobs)
        {
            for (long offset = 0; offset < blob.Length;)
                offset += (await store.ReadAsync(blob.Name, offset, buffer)).Count;
        }
    }
}
