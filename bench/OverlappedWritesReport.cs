using Orleans.Log.Cli.Bench;
using static Orleans.Log.Benchmarks.Figures;

namespace Orleans.Log.Benchmarks;

/// <summary>
/// What block writes that overlap bring on disks that flush slowly: every flush takes 1 ms or 5 ms longer than the disk below, clients have one batch of one record of
/// 1 KiB outstanding each, and the depths alternate. Once with blocks of the usual size, where everything that waits fits into the next one, and once with blocks so
/// small (4 KiB, three records) that it does not. Latencies are means in units of the device's own mean latency, and the ratio is that of records per device latency, so
/// that what disturbs the disk below disturbs both sides of them.
/// </summary>
internal static class OverlappedWritesReport
{
    private const int Rounds = 3;
    private static readonly int[] Depths = [1, 2, 4, 8];
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(1.2);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.5);

    public static async Task RunAsync(string directory)
    {
        foreach (var blockBytes in new int?[] { null, 4096 })
        {
            await Console.Out.WriteLineAsync(
                $"\nBlocks of {(blockBytes is null ? "the usual size" : $"{blockBytes} bytes")}\n\n" +
                Head(["delay, ms", "clients", .. ByDepth("records/s"), .. ByDepth("latency"), "depth 8 to depth 1"]));
            foreach (var delay in new[] { 1, 5 })
            {
                foreach (var clients in new[] { 8, 16, 32, 64 })
                    await Console.Out.WriteLineAsync(await RowAsync(directory, blockBytes, delay, clients));
            }
        }
    }

    private static IEnumerable<string> ByDepth(string what) => Depths.Select(depth => $"{what}, depth {depth}");

    private static async Task<string> RowAsync(string directory, int? blockBytes, int delay, int clients)
    {
        var sides = Depths.Select(_ => new List<Side>()).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < Depths.Length; i++)
                sides[i].Add(await MeasureAsync(directory, blockBytes, Depths[i], delay, clients));
        }

        var ratio = Median(sides[0].Zip(sides[^1], (one, eight) => eight.RecordsPerDeviceLatency / one.RecordsPerDeviceLatency));
        var rates = sides.Select(static side => Median(side, static s => s.RecordsPerSecond, "#,##0"));
        var latencies = sides.Select(static side => Median(side, static s => s.Latency, "0.00"));
        return Row([$"{delay}", $"{clients}", .. rates, .. latencies, Number("0.00", ratio)]);
    }

    private static async Task<Side> MeasureAsync(string directory, int? blockBytes, int depth, int delay, int clients)
    {
        var setup = new BenchNodeOptions(IoDepth: depth, BlockBytes: blockBytes, FlushDelay: TimeSpan.FromMilliseconds(delay));
        await using var node = await BenchNode.StartAsync(directory, setup, CancellationToken.None);
        var options = new BenchOptions { Path = BenchPath.InProcess, Clients = clients, Duration = Measured, WarmUp = WarmUp };
        await using var port = new PortTarget(node.Log, options, node.Durability);
        var result = await new BenchRun(port, options, TimeProvider.System).RunAsync(CancellationToken.None);
        var device = node.DeviceLatency!.Mean / 1e9;
        return new Side(result.RecordsPerSecond, result.RecordsPerSecond * device, result.LatencyUs.Mean / 1e6 / device);
    }

    private readonly record struct Side(double RecordsPerSecond, double RecordsPerDeviceLatency, double Latency);
}
