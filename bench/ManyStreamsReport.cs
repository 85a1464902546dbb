using Orleans.Log.Cli.Bench;
using static Orleans.Log.Benchmarks.Figures;

namespace Orleans.Log.Benchmarks;

/// <summary>
/// What it costs an append that there are many streams: 100,000 on one node against 16, each side on a node of its own, and clients that go through all of them. Every stream has had some records before, and what
/// is kept of it in memory has grown as far as it does. Sides alternate; ratios are those of a round.
/// </summary>
internal static class ManyStreamsReport
{
    private const int Rounds = 3;
    private const int Few = 16;
    private const int Many = 100_000;
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Growth = TimeSpan.FromSeconds(10);
    private static readonly (int Clients, int Outstanding)[] Loads = [(64, 1), (16, 64)];

    public static async Task RunAsync(string directory)
    {
        var few = Loads.Select(_ => new List<BenchResult>()).ToArray();
        var many = Loads.Select(_ => new List<BenchResult>()).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            await MeasureAsync(directory, Few, few);
            await MeasureAsync(directory, Many, many);
        }

        await Console.Out.WriteLineAsync(Head(
            "clients × outstanding",
            $"{Few} streams, records/s",
            $"{Many} streams, records/s",
            "ratios (median)",
            $"p50 / p99 µs, {Few}",
            $"p50 / p99 µs, {Many}",
            $"CPU µs a record, {Few}",
            $"CPU µs a record, {Many}",
            "refused"));
        for (var i = 0; i < Loads.Length; i++)
        {
            await Console.Out.WriteLineAsync(Row(
                $"{Loads[i].Clients} × {Loads[i].Outstanding}",
                Rate(few[i]),
                Rate(many[i]),
                Ratios(many[i], few[i], static run => run.RecordsPerSecond),
                Latency(few[i]),
                Latency(many[i]),
                Processor(few[i]),
                Processor(many[i]),
                $"{few[i].Concat(many[i]).Sum(static run => run.Refused)}"));
        }
    }

    // The loads one after the other on one node: making the streams takes longer than using them.
    private static async Task MeasureAsync(string directory, int streams, List<BenchResult>[] results)
    {
        await using var node = await BenchNode.StartAsync(directory, new BenchNodeOptions(), CancellationToken.None);
        var common = new BenchOptions { Path = BenchPath.InProcess, Streams = streams, RecordBytes = 128, Duration = Measured, WarmUp = WarmUp };
        await Streams.ForEachAsync(streams, async (i, cancellation) => await Streams.MakeAsync(node.Log, common.StreamName(i), cancellation));
        await SpreadTarget.LoadAsync(node, common with { Clients = 16, Outstanding = 64, WarmUp = TimeSpan.Zero, Duration = streams == Many ? Growth : WarmUp });
        for (var i = 0; i < Loads.Length; i++)
        {
            var options = common with { Clients = Loads[i].Clients, Outstanding = Loads[i].Outstanding };
            results[i].Add(await SpreadTarget.LoadAsync(node, options));
        }
    }
}
