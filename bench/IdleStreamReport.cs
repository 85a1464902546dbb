using Orleans.Log.Cli.Bench;
using static Orleans.Log.Benchmarks.Figures;

namespace Orleans.Log.Benchmarks;

/// <summary>What a stream costs that nobody uses: managed memory after a full collection, with and without them.</summary>
internal static class IdleStreamReport
{
    private const int Count = 20_000;

    public static async Task RunAsync(string directory)
    {
        await using var node = await BenchNode.StartAsync(directory, new BenchNodeOptions(), CancellationToken.None);
        await AppendToAsync(node.Log, "first");
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await Streams.ForEachAsync(Count, async (i, _) => await AppendToAsync(node.Log, $"idle-{i}"));
        var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Count;
        await Console.Out.WriteLineAsync($"{Count} streams, opened, with one record each: {Number("0", bytes)} bytes of managed memory a stream (recent blocks in the cache included)");
    }

    private static async Task AppendToAsync(ILogService log, string name)
    {
        var stream = await Streams.MakeAsync(log, name);
        await stream.AppendAsync(new RecordBatch(new byte[100]), AppendConditions.None, CancellationToken.None);
    }
}
