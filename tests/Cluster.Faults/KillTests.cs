using Orleans.Log.Client;
using Orleans.Log.Process.Faults.Load;
using Xunit.Abstractions;

namespace Orleans.Log.Cluster.Faults;

/// <summary>Silos die under load, one after the other and at random, while appenders carry on by themselves.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int StreamsInAll = 9;

    [Fact]
    public async Task Killed_at_random_under_load_no_acknowledged_record_is_lost_none_is_doubled_and_the_order_is_kept()
    {
        var cycles = Environment.GetEnvironmentVariable("ORLEANS_LOG_LONG") == "1" ? 100 : 4;
        var random = new Random(20_261_121);
        await using var cluster = await TestCluster.StartAsync();
        var writers = await StartWritersAsync(cluster);
        var back = new List<TimeSpan>();

        try
        {
            for (var cycle = 0; cycle < cycles; cycle++)
            {
                await AcknowledgedAsync(writers, more: 10 + random.Next(60));
                var victim = random.Next(cluster.Count);
                var there = await cluster.StreamsOnAsync(victim, StreamsInAll);
                await cluster.KillSiloAsync(victim);

                // Those that live elsewhere go on while this one is away.
                await SomeAcknowledgedAsync(writers, more: 5, writers.Count - there);

                await cluster.StartSiloAsync(victim);
                var begun = TimeProvider.System.GetTimestamp();
                await AcknowledgedAsync(writers, more: 5);
                back.Add(TimeProvider.System.GetElapsedTime(begun));
            }
        }
        catch (TimeoutException)
        {
            output.WriteLine(cluster.Said());
            throw;
        }

        foreach (var writer in writers)
            await writer.FinishAsync();

        await VerifyAsync(cluster, writers);
        back.Sort();
        output.WriteLine(
            $"{cycles} kills, {writers.Sum(writer => writer.Ledger.Count)} records acknowledged by {writers.Count} appenders, none lost, none doubled; "
            + $"all streams acknowledged again {back[back.Count / 2].TotalSeconds:0.0} s (median), {back[^1].TotalSeconds:0.0} s (most) after the silo was ready");
    }

    [Fact]
    public async Task All_killed_at_once_the_cluster_comes_back_from_its_directories()
    {
        await using var cluster = await TestCluster.StartAsync();
        var writers = await StartWritersAsync(cluster);
        await AcknowledgedAsync(writers, more: 20);

        await Task.WhenAll(Enumerable.Range(0, cluster.Count).Select(cluster.KillSiloAsync));
        for (var i = 0; i < cluster.Count; i++)
            await cluster.StartSiloAsync(i);

        await AcknowledgedAsync(writers, more: 20);
        foreach (var writer in writers)
            await writer.FinishAsync();

        await VerifyAsync(cluster, writers);
    }

    [Fact]
    public async Task Restarted_in_order_one_after_the_other_under_load_nothing_is_lost()
    {
        await using var cluster = await TestCluster.StartAsync();
        var writers = await StartWritersAsync(cluster);
        for (var i = 0; i < cluster.Count; i++)
        {
            await AcknowledgedAsync(writers, more: 20);
            (await cluster.Silo(i).StopAsync()).ShouldBe(0, cluster.Silo(i).Said);
            await cluster.StartSiloAsync(i);
        }

        await AcknowledgedAsync(writers, more: 20);
        foreach (var writer in writers)
            await writer.FinishAsync();

        await VerifyAsync(cluster, writers);
    }

    /// <summary>Writers to as many streams, one half through the front, the other through the grains.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="generation">One character, which tells these writers from others to the same streams.</param>
    /// <param name="begin">When they begin; null for at once.</param>
    internal static async Task<List<Writer>> StartWritersAsync(TestCluster cluster, char generation = 'w', Task? begin = null)
    {
        var options = new AppenderOptions { PipelineSize = 8, ResumeTimeout = TimeSpan.FromMinutes(5) };
        var writers = new List<Writer>();
        for (var i = 0; i < StreamsInAll; i++)
        {
            await cluster.Client.EnsureStreamAsync($"stream-{i}");
            writers.Add(await Writer.StartAsync(i % 2 == 0 ? cluster.Client : cluster.Grains, $"stream-{i}", $"stream-{i}-{generation}", options, begin));
        }

        return writers;
    }

    /// <summary>Waits until every writer has so many acknowledgements more than now.</summary>
    internal static async Task AcknowledgedAsync(List<Writer> writers, int more)
    {
        foreach (var goal in writers.Select(writer => (writer, Reached: writer.MoreAsync(more))).ToList())
            await goal.Reached;
    }

    /// <summary>Waits until that many writers have so many acknowledgements more than now.</summary>
    private static async Task SomeAcknowledgedAsync(List<Writer> writers, int more, int count)
    {
        var goals = writers.Select(writer => writer.MoreAsync(more)).ToList();
        for (; count > 0; count--)
        {
            var reached = await Task.WhenAny(goals);
            await reached;
            goals.Remove(reached);
        }

        // The others may give up in their own time.
        foreach (var goal in goals)
            _ = goal.ContinueWith(static late => _ = late.Exception, TaskScheduler.Default);
    }

    internal static async Task VerifyAsync(TestCluster cluster, List<Writer> writers)
    {
        foreach (var writer in writers)
        {
            writer.Failure.ShouldBeNull();
            writer.Ledger.Verify(await cluster.Client.ReadAllAsync(writer.Ledger.Writer[..^2]));
        }
    }
}
