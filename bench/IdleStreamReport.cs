using System.Globalization;
using Orleans.Log.Cli.Bench;

namespace Orleans.Log.Benchmarks;

/// <summary>What a stream costs that nobody uses: managed memory after a full collection, with and without them.</summary>
internal static class IdleStreamReport
{
    private const int Streams = 20_000;

    public static async Task RunAsync(string directory)
    {
        await using var node = await BenchNode.StartAsync(directory, new BenchNodeOptions(), CancellationToken.None);
        await AppendToAsync(node.Log, "first");
        var before = GC.GetTotalMemory(forceFullCollection: true);

        // Many at once, so that they share flushes.
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Streams),
            new ParallelOptions { MaxDegreeOfParallelism = 256 },
            async (i, _) => await AppendToAsync(node.Log, $"idle-{i}"));
        var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Streams;
        await Console.Out.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{Streams} streams, opened, with one record each: {bytes:0} bytes of managed memory a stream (recent blocks in the cache included)"));
    }

    private static async Task AppendToAsync(ILogService log, string stream)
    {
        var name = StreamName.Parse(stream);
        await log.EnsureAsync(name, new StreamConfigPatch(), EnsureCondition.None, CancellationToken.None);
        var opened = await log.OpenAsync(name, CancellationToken.None);
        await opened.AppendAsync(new RecordBatch(new byte[100]), AppendConditions.None, CancellationToken.None);
    }
}
