using Orleans.Log.Cli.Bench;
using static Orleans.Log.Benchmarks.Figures;

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
        await Console.Out.WriteLineAsync(Head("path", "batch", "clients", "bytes per record", "bytes per batch", "records/s"));
        foreach (var path in new[] { BenchPath.InProcess, BenchPath.RawRequest })
        {
            foreach (var (batch, clients) in new[] { (1, 1), (1, 64), (100, 16) })
            {
                var options = new BenchOptions { Path = path, RecordBytes = 1024, Batch = batch, Clients = clients, Duration = Measured };
                var result = await MeasureAsync(options, directory);
                var bytes = result.AllocatedBytesPerRecord;
                await Console.Out.WriteLineAsync(
                    Row($"{result.Path}", $"{batch}", $"{clients}", Number("0.0", bytes), Number("0", bytes * batch), Number("#,##0", result.RecordsPerSecond)));
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
    private static async Task FillCacheAsync(ILogService log) =>
        await Streams.FillAsync(await Streams.MakeAsync(log, "fill"), new RecordBatch(new byte[Limits.RecordBytes]), times: 80);
}
