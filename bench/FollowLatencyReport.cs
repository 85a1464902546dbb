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
    private const int Rate = 10_000;
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan CatchUp = TimeSpan.FromSeconds(10);
    private static readonly BenchOptions Load = new()
    {
        Path = BenchPath.InProcess,
        Rate = Rate,
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

        await Console.Out.WriteLineAsync(
            $"| follower, at {Number("#,##0", Rate)} appends/s | appends/s had | p50 µs, rounds (median) | p90 µs | p99 µs | append p50 / p99 µs | sent late |\n|---|---|---|---|---|---|---|");
        await Console.Out.WriteLineAsync(Row("in process", port));
        await Console.Out.WriteLineAsync(Row("server-sent events", events));
    }

    private static string Row(string what, List<Side> sides)
    {
        var medians = string.Join(" · ", sides.Select(side => side.Follow.P50).Order().Select(p50 => Number("0", p50)));
        return $"| {what} | {Middle(side => side.Append.RecordsPerSecond, "#,##0")} | {medians} (**{Middle(side => side.Follow.P50)}**) | {Middle(side => side.Follow.P90)} | {Middle(side => side.Follow.P99)} | {Middle(side => side.Append.LatencyUs.P50)} / {Middle(side => side.Append.LatencyUs.P99)} | {sides.Sum(side => side.Append.Late)} |";

        string Middle(Func<Side, double> of, string format = "#,##0") => Number(format, Median(sides.Select(of)));
    }

    private static async Task<Side> MeasureAsync(string directory, Func<ILogService, ILogStream, FollowTimes, Func<Task>, Task> followed)
    {
        await using var node = await BenchNode.StartAsync(directory, new BenchNodeOptions(), CancellationToken.None);
        var name = StreamName.Parse(Load.StreamName(0));
        await node.Log.EnsureAsync(name, new StreamConfigPatch(), EnsureCondition.None, CancellationToken.None);
        var stream = await node.Log.OpenAsync(name, CancellationToken.None);
        var times = new FollowTimes((int)(2 * Rate * (WarmUp + Measured).TotalSeconds));
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
        return new Side(append!, times.Latencies((long)(Rate * WarmUp.TotalSeconds)));
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
