using Orleans.Log.Cli.Bench;
using static Orleans.Log.Benchmarks.Figures;

namespace Orleans.Log.Benchmarks;

/// <summary>
/// What followers cost those who append: 1,000 streams of one node, appended to as fast as it goes, and at a rate that leaves the processors time, without a follower and with one for each. The two alternate on the same node; ratios are those of a
/// round. A follower must have had every record soon after the load ends, or the report fails.
/// </summary>
internal static class FollowersReport
{
    private const int Rounds = 3;
    private const int Streams = 1_000;
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(2.5);
    private const double Paced = 100_000;

    // The way of a record to a follower is compiled anew after some thousand of them.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan CatchUp = TimeSpan.FromSeconds(60);

    public static async Task RunAsync(string directory)
    {
        await Console.Out.WriteLineAsync(Head(
            "clients × outstanding",
            "without, records/s",
            "with, records/s",
            "ratios (median)",
            "p50 / p99 µs, without",
            "p50 / p99 µs, with",
            "CPU µs a record, without",
            "CPU µs a record, with",
            "records a page",
            "refused"));
        foreach (var (clients, outstanding, rate) in new[] { (64, 1, null), (16, 64, null), (16, 64, (double?)Paced) })
        {
            var options = new BenchOptions
            {
                Path = BenchPath.InProcess,
                Streams = Streams,
                RecordBytes = 128,
                Clients = clients,
                Outstanding = outstanding,
                Rate = rate,
                Duration = Measured,
                WarmUp = WarmUp,
            };
            await Console.Out.WriteLineAsync(await RowAsync(directory, options));
        }
    }

    private static async Task<string> RowAsync(string directory, BenchOptions options)
    {
        await using var node = await BenchNode.StartAsync(directory, new BenchNodeOptions(), CancellationToken.None);
        var (without, with) = (new List<BenchResult>(), new List<BenchResult>());
        var (records, pages) = (0L, 0L);
        for (var round = 0; round < Rounds; round++)
        {
            without.Add(await SpreadTarget.LoadAsync(node, options));
            var followers = await FollowAsync(node.Log, options);
            with.Add(await SpreadTarget.LoadAsync(node, options));
            await Task.WhenAll(followers.Select(follower => follower.StopAsync(CatchUp)));
            records += followers.Sum(follower => follower.Records);
            pages += followers.Sum(follower => follower.Pages);
            followers.ForEach(static follower => follower.Dispose());
        }

        return Row(
            options.Rate is { } rate ? $"{Number("#,##0", rate)} appends/s that do not wait" : $"{options.Clients} × {options.Outstanding}",
            Rate(without),
            Rate(with),
            Ratios(with, without, static run => run.RecordsPerSecond),
            Latency(without),
            Latency(with),
            Processor(without),
            Processor(with),
            Number("0.0", (double)records / pages),
            $"{without.Concat(with).Sum(static run => run.Refused)}");
    }

    private static async Task<List<PortFollower>> FollowAsync(ILogService log, BenchOptions options)
    {
        var followers = new List<PortFollower>();
        for (var i = 0; i < options.Streams; i++)
            followers.Add(await PortFollower.StartAsync(await log.OpenAsync(StreamName.Parse(options.StreamName(i)), CancellationToken.None)));

        return followers;
    }
}
