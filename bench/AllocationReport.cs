using System.Globalization;
using Orleans.Log.Cli.Bench;

namespace Orleans.Log.Benchmarks;

/// <summary>
/// Bytes allocated per record on the append path, everything in the process counted: the engine, and with HTTP the server as well. The drivers
/// allocate nothing themselves. Measured in the steady state, when the cache of recent blocks has been filled and its buffers go round.
/// </summary>
internal static class AllocationReport
{
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(string directory)
    {
        await Console.Out.WriteLineAsync("| path | batch | clients | bytes per record | bytes per batch | records/s |\n|---|---|---|---|---|---|");
        foreach (var path in new[] { BenchPath.InProcess, BenchPath.RawRequest })
        {
            foreach (var (batch, clients) in new[] { (1, 1), (1, 64), (100, 16) })
            {
                var options = new BenchOptions { Path = path, RecordBytes = 1024, Batch = batch, Clients = clients, Duration = Measured };
                var result = await MeasureAsync(options, directory);
                await Console.Out.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {result.Path} | {batch} | {clients} | {result.AllocatedBytesPerRecord:0.0} | {result.AllocatedBytesPerRecord * batch:0} | {result.RecordsPerSecond:#,##0} |"));
            }
        }
    }

    private static async Task<BenchResult> MeasureAsync(BenchOptions options, string directory)
    {
        await using var node = await BenchNode.StartAsync(directory, new BenchNodeOptions(), CancellationToken.None);
        await FillCacheAsync(node.Log);
        if (options.Path == BenchPath.InProcess)
        {
            await using var port = new PortTarget(node.Log, options, node.Durability);
            return await new BenchRun(port, options, TimeProvider.System).RunAsync(CancellationToken.None);
        }

        await using var server = await LoopbackServer.StartAsync(node.Log);
        await using var http = new HttpTarget(new Uri(server.Urls.Single()), options);
        return await new BenchRun(http, options, TimeProvider.System).RunAsync(CancellationToken.None);
    }

    // More than the cache holds, so that from here on its memory is used again and not made.
    private static async Task FillCacheAsync(ILogService log)
    {
        var name = StreamName.Parse("fill");
        await log.EnsureAsync(name, new StreamConfigPatch(), EnsureCondition.None, CancellationToken.None);
        var stream = await log.OpenAsync(name, CancellationToken.None);
        var payload = new byte[Limits.RecordBytes];
        for (var i = 0; i < 80;)
        {
            try
            {
                await stream.AppendAsync(new RecordBatch(payload), AppendConditions.None, CancellationToken.None);
                i++;
            }
            catch (LogException later) when (later.Code == LogErrorCode.Overloaded)
            {
                // Faster than files are made ready.
                await Task.Delay(10);
            }
        }
    }
}
