using System.Diagnostics;
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
                await ScanAsync(stream, pageBytes);

            foreach (var files in new[] { null, Directory.GetFiles(Path.Combine(directory, "store", "segments"), "*", SearchOption.AllDirectories) })
            {
                // Alternating, so that all meet the same machine. Medians.
                var (cat, alone, scan) = (new List<Cost>(), new List<Cost>(), new List<Cost>());
                for (var i = 0; i < Rounds; i++)
                {
                    if (files is not null)
                        cat.Add(await MeasureAsync(files, () => ShellAsync("cat \"$@\" > /dev/null", files)));

                    alone.Add(await MeasureAsync(files, () => StoreAsync(store)));
                    scan.Add(await MeasureAsync(files, () => ScanAsync(stream, pageBytes)));
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
        var records = new AppendRecord[256 * 1024 / recordBytes];
        var payload = new byte[recordBytes];
        new Random(1).NextBytes(payload);
        Array.Fill(records, new AppendRecord(payload));
        await Streams.FillAsync(stream, new RecordBatch(records), times: (int)Math.Ceiling((double)StreamBytes / (records.Length * recordBytes)));
        await stream.SnapshotAsync(CancellationToken.None);
        return stream;
    }

    /// <summary>Measures; if files are given, after the page cache has let go of them.</summary>
    private static async Task<Cost> MeasureAsync(string[]? files, Func<Task> work)
    {
        if (files is not null)
            await ShellAsync("for file; do dd of=\"$file\" oflag=nocache conv=notrunc,fdatasync count=0 status=none; done", files);

        return await Cost.OfAsync(work);
    }

    private static async Task ShellAsync(string script, string[] files)
    {
        using var shell = Process.Start("/bin/sh", ["-c", script, "sh", .. files]);
        await shell.WaitForExitAsync();
        if (shell.ExitCode != 0)
            throw new InvalidOperationException($"'{script}' ended with {shell.ExitCode}.");
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

    /// <summary>All records, from the first to the last.</summary>
    private static async Task ScanAsync(ILogStream stream, int pageBytes)
    {
        long bytes = 0;
        var request = ReadRequest.FromLsn(0) with { MaxBytes = pageBytes, MaxRecords = Limits.ReadRecords };
        while (true)
        {
            using var page = await stream.ReadAsync(request, CancellationToken.None);
            foreach (ref readonly var record in page.Records.Span)
                bytes += record.Payload.Length;

            request = request with { Start = page.Next };
            if (page.Next == page.Tail)
                break;
        }

        if (bytes < StreamBytes)
            throw new InvalidOperationException($"The scan brought {bytes} bytes.");
    }
}
