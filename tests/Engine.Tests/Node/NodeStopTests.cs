using Orleans.Log.Engine.Simulation.Disk;

namespace Orleans.Log.Engine.Tests.Node;

public sealed class NodeStopTests : IAsyncDisposable
{
    private readonly NodeBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_stop_finishes_what_was_taken_and_refuses_what_comes_after()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        var appends = Enumerable.Range(0, 200).Select(i => stream.Append($"{i}").AsTask()).ToArray();

        await _bench.Node.DisposeAsync();

        (await Task.WhenAll(appends)).Select(result => result.Start).ShouldBe(Enumerable.Range(0, 200).Select(i => (long)i));
        (await stream.Append("late").Refused()).ShouldBe(LogErrorCode.Draining);
        (await _bench.Node.EnsureAsync(StreamName.Parse("b"), new StreamConfigPatch(), default, default).Refused()).ShouldBe(LogErrorCode.Draining);
        (await _bench.Node.DeleteAsync(StreamName.Parse("a"), default).Refused()).ShouldBe(LogErrorCode.Draining);
        _bench.Node.Health.ShouldSatisfyAllConditions(
            health => health.Stage.ShouldBe(LogNodeStage.Stopped),
            health => health.Ready.ShouldBeFalse());
    }

    [Fact]
    public async Task A_stop_ends_reads_that_wait()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        var read = stream.ReadAsync(ReadRequest.FromLsn(0) with { Wait = TimeSpan.FromSeconds(30) }, CancellationToken.None).AsTask();

        await _bench.Node.DisposeAsync();

        (await read.WaitAsync(TimeSpan.FromSeconds(10))).Records.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task Stopping_twice_is_stopping_once()
    {
        await _bench.StartAsync();
        await Task.WhenAll(_bench.Node.DisposeAsync().AsTask(), _bench.Node.DisposeAsync().AsTask());

        await _bench.StartAsync();
        _bench.Node.Recovery.Wal.Clean.ShouldBeTrue();
    }

    [Fact]
    public async Task A_failed_write_ends_the_node_and_tells_the_host()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        await stream.Append("kept");
        _bench.Disk.Faults.PlanAlways(DiskCall.Write, DiskFault.Error, "wal/");

        (await stream.Append("lost").Refused()).ShouldBe(LogErrorCode.OutcomeUnknown);

        (await stream.Append("after").Refused()).ShouldBeOneOf(LogErrorCode.OutcomeUnknown, LogErrorCode.Draining);
        await _bench.Failed.Task.WaitAsync(TimeSpan.FromSeconds(30));
        _bench.Node.Health.Failure.ShouldNotBeNull();
        _bench.Node.Health.Ready.ShouldBeFalse();
        _bench.Disk.Faults.Clear();
        await _bench.CrashAsync();
        (await (await _bench.OpenAsync("a")).Texts())[0].ShouldBe("kept");
    }

    [Fact]
    public async Task Health_of_a_running_node_says_that_it_is_ready()
    {
        await _bench.StartAsync();
        await _bench.CreateAsync("a");

        _bench.Node.Health.ShouldSatisfyAllConditions(
            health => health.Ready.ShouldBeTrue(),
            health => health.Streams.ShouldBe(1),
            health => health.WritesAreDirect.ShouldBeTrue(),
            health => health.WalBytes.ShouldBeGreaterThan(0),
            health => health.DamagedStreams.ShouldBe(0));
    }

    [Fact]
    public async Task A_start_says_in_one_line_what_it_found()
    {
        await _bench.StartAsync();
        await (await _bench.CreateAsync("a")).Append("x");
        await _bench.CrashAsync();

        _bench.Log.Lines.Count(line => line.Text.StartsWith("Recovered 1 streams from checkpoint 0", StringComparison.Ordinal)).ShouldBe(1);
    }
}
