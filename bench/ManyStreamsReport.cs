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

        await Console.Out.WriteLineAsync(
            $"| clients × outstanding | {Few} streams, records/s | {Many} streams, records/s | ratios (median) | p50 / p99 µs, {Few} | p50 / p99 µs, {Many} | CPU µs a record, {Few} | CPU µs a record, {Many} | refused |\n|---|---|---|---|---|---|---|---|---|");
        for (var i = 0; i < Loads.Length; i++)
        {
            var ratios = many[i].Zip(few[i], (one, other) => one.RecordsPerSecond / other.RecordsPerSecond);
            await Console.Out.WriteLineAsync(
                $"| {Loads[i].Clients} × {Loads[i].Outstanding} | {Rate(few[i])} | {Rate(many[i])} | {Ratios(ratios)} | {Latency(few[i])} | {Latency(many[i])} | {Processor(few[i])} | {Processor(many[i])} | {few[i].Concat(many[i]).Sum(run => run.Refused)} |");
        }
    }

    // The loads one after the other on one node: making the streams takes longer than using them.
    private static async Task MeasureAsync(string directory, int streams, List<BenchResult>[] results)
    {
        await using var node = await BenchNode.StartAsync(directory, new BenchNodeOptions(), CancellationToken.None);
        var common = new BenchOptions { Path = BenchPath.InProcess, Streams = streams, RecordBytes = 128, Duration = Measured, WarmUp = WarmUp };
        await MakeAsync(node.Log, common);
        await LoadAsync(node, common with { Clients = 16, Outstanding = 64, WarmUp = TimeSpan.Zero, Duration = streams == Many ? Growth : WarmUp });
        for (var i = 0; i < Loads.Length; i++)
        {
            var options = common with { Clients = Loads[i].Clients, Outstanding = Loads[i].Outstanding };
            results[i].Add(await LoadAsync(node, options));
        }
    }

    private static async Task<BenchResult> LoadAsync(BenchNode node, BenchOptions options)
    {
        await using var target = new SpreadTarget(new PortTarget(node.Log, options, node.Durability), options);
        return await new BenchRun(target, options, TimeProvider.System).RunAsync(CancellationToken.None);
    }

    // Many at once, so that they share flushes.
    private static Task MakeAsync(ILogService log, BenchOptions options) => Parallel.ForEachAsync(
        Enumerable.Range(0, options.Streams),
        new ParallelOptions { MaxDegreeOfParallelism = 256 },
        async (i, cancellation) =>
        {
            var name = StreamName.Parse(options.StreamName(i));
            await log.EnsureAsync(name, new StreamConfigPatch(), EnsureCondition.None, cancellation);
            await log.OpenAsync(name, cancellation);
        });

    private static string Rate(List<BenchResult> runs) => Number("#,##0", Median(runs.Select(run => run.RecordsPerSecond)));

    private static string Latency(List<BenchResult> runs) =>
        $"{Number("#,##0", Median(runs.Select(run => run.LatencyUs.P50)))} / {Number("#,##0", Median(runs.Select(run => run.LatencyUs.P99)))}";

    private static string Processor(List<BenchResult> runs) => Number("0.00", Median(runs.Select(run => run.ProcessorUsPerRecord)));
}
