using Orleans.Log.Cli.Bench;
using static Orleans.Log.Benchmarks.Figures;

namespace Orleans.Log.Benchmarks;

/// <summary>
/// How long after the acknowledgement of an append a follower has the record: at 10,000 appends a second that do not wait for each other, with the follower in this process and with one that gets
/// server-sent events over loopback. Those who append are in this process both times, so that no acknowledgement is late by a way of its own. The two alternate.
/// </summary>
internal static class FollowLatencyReport
{
    private const int Rounds = 5;
    private const int AppendsPerSecond = 10_000;
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan CatchUp = TimeSpan.FromSeconds(10);
    private static readonly BenchOptions Load = new()
    {
        Path = BenchPath.InProcess,
        Rate = AppendsPerSecond,
        Clients = 16,
        Outstanding = 64,
        Duration = Measured,
        WarmUp = WarmUp,
    };

    public static async Task RunAsync(string directory)
    {
        var (port, events) = (new List<Side>(), new List<Side>());
        for (var round = 0; round < Rounds; round++)
        {
            port.Add(await MeasureAsync(directory, FollowPortAsync));
            events.Add(await MeasureAsync(directory, FollowEventsAsync));
        }

        await Console.Out.WriteLineAsync(Head(
            $"follower, at {Number("#,##0", AppendsPerSecond)} appends/s", "appends/s had", "p50 µs, rounds (median)", "p90 µs", "p99 µs", "append p50 / p99 µs", "sent late"));
        await Console.Out.WriteLineAsync(RowOf("in process", port));
        await Console.Out.WriteLineAsync(RowOf("server-sent events", events));
    }

    private static string RowOf(string what, List<Side> sides) => Row(
        what,
        Rate(sides.Select(static side => side.Append)),
        All(sides.Select(static side => side.Follow.P50), "#,##0"),
        Median(sides, static side => side.Follow.P90, "#,##0"),
        Median(sides, static side => side.Follow.P99, "#,##0"),
        Latency(sides.Select(static side => side.Append)),
        $"{sides.Sum(static side => side.Append.Late)}");

    private static async Task<Side> MeasureAsync(string directory, Func<ILogService, ILogStream, FollowTimes, Func<Task>, Task> followed)
    {
        await using var node = await BenchNode.StartAsync(directory, new BenchNodeOptions(), CancellationToken.None);
        var stream = await Streams.MakeAsync(node.Log, Load.StreamName(0));
        var times = new FollowTimes((int)(2 * AppendsPerSecond * (WarmUp + Measured).TotalSeconds));
        BenchResult? append = null;
        await followed(
            node.Log,
            stream,
            times,
            async () =>
            {
                await using var target = new FollowedTarget(stream, Load, times, node.Durability);
                append = await new BenchRun(target, Load, TimeProvider.System).RunAsync(CancellationToken.None);
            });
        return new Side(append!, times.Latencies((long)(AppendsPerSecond * WarmUp.TotalSeconds)));
    }

    private static async Task FollowPortAsync(ILogService log, ILogStream stream, FollowTimes times, Func<Task> load)
    {
        using var follower = await PortFollower.StartAsync(stream, page => times.Followed(page.Next));
        await load();
        await follower.StopAsync(CatchUp);
    }

    private static async Task FollowEventsAsync(ILogService log, ILogStream stream, FollowTimes times, Func<Task> load)
    {
        await using var server = await LoopbackServer.StartAsync(log);
        await using var follower = await EventFollower.StartAsync(new Uri(server.Urls.Single()), stream.Name.Value, times.Followed);
        await load();
        var tail = (await stream.CheckTailAsync(CancellationToken.None)).Tail;
        for (var waited = TimeSpan.Zero; times.Next < tail; waited += TimeSpan.FromMilliseconds(1))
        {
            if (waited > CatchUp)
                throw new TimeoutException($"The follower is at {times.Next} of {tail}.");

            await Task.Delay(1);
        }
    }

    private readonly record struct Side(BenchResult Append, LatencySummary Follow);
}
