using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Tests.Node;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Checkpoints;

public sealed class CheckpointStageTests : IAsyncDisposable
{
    private readonly NodeBench _bench = new() { BackgroundCheckpoints = false };

    // By name, because the type is not public and tests are.
    public static TheoryData<string> Stages { get; } = [.. Enum.GetNames<CheckpointStage>()];

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [MemberData(nameof(Stages))]
    public async Task A_crash_before_any_stage_loses_nothing(string stageName)
    {
        var stage = Enum.Parse<CheckpointStage>(stageName);
        await Loaded();
        CrashPoint? crash = null;
        _bench.Probe = at => crash = at == stage ? _bench.Disk.Capture() : crash;
        await _bench.Node.CheckpointAsync();
        _bench.Probe = null;

        var images = 0;
        foreach (var image in crash!.Images(new Random(17), limit: 24))
        {
            await using var bench = new NodeBench { Disk = image };
            await bench.StartAsync();
            await RequireEverything(bench);
            images++;
        }

        images.ShouldBeGreaterThan(0);
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public async Task A_stage_that_fails_withholds_the_later_ones_and_a_second_attempt_succeeds(string stageName)
    {
        var stage = Enum.Parse<CheckpointStage>(stageName);
        await Loaded();
        var stages = new List<CheckpointStage>();
        var failures = 1;
        _bench.Probe = at =>
        {
            stages.Add(at);
            if (at == stage && failures-- > 0)
                throw new Engine.Disk.DiskException(Engine.Disk.DiskFailure.Io, "planned");
        };

        if (stage == CheckpointStage.Sweep)
        {
            await _bench.Node.CheckpointAsync();
            stages.Count.ShouldBe(Enum.GetValues<CheckpointStage>().Length, "a sweep that fails costs nothing");
            return;
        }

        (await Should.ThrowAsync<CheckpointStageException>(_bench.Node.CheckpointAsync)).Stage.ShouldBe(stage);
        stages.ShouldBe(Enum.GetValues<CheckpointStage>().Where(at => at <= stage));
        _bench.Node.Health.CheckpointFailure.ShouldNotBeNull();
        stages.Clear();

        await _bench.Node.CheckpointAsync();

        var again = stage is CheckpointStage.Rename or CheckpointStage.Publish ? stage : CheckpointStage.Write;
        stages.ShouldBe(Enum.GetValues<CheckpointStage>().Where(at => at >= again));
        _bench.Node.Health.CheckpointFailure.ShouldBeNull();
        _bench.Disk.List(CheckpointFormat.Directory).Count.ShouldBe(1, "what failed attempts left is swept");
        await _bench.CrashAsync();
        await RequireEverything(_bench);
    }

    [Theory]
    [InlineData(nameof(DiskCall.Write), "checkpoint/", nameof(CheckpointStage.Write))]
    [InlineData(nameof(DiskCall.Flush), "checkpoint/", nameof(CheckpointStage.Sync))]
    [InlineData(nameof(DiskCall.Rename), "checkpoint/", nameof(CheckpointStage.Rename))]
    [InlineData(nameof(DiskCall.FlushDirectory), "checkpoint", nameof(CheckpointStage.SyncDirectory))]
    [InlineData(nameof(DiskCall.Create), "control", nameof(CheckpointStage.Publish))]
    [InlineData(nameof(DiskCall.Flush), "control", nameof(CheckpointStage.Publish))]
    public async Task A_disk_that_fails_is_survived_at_every_stage(string call, string name, string stageName)
    {
        var stage = Enum.Parse<CheckpointStage>(stageName);
        await Loaded();

        // Until it was met by the checkpoint: the log writes control slots by itself as well.
        _bench.Disk.Faults.PlanAlways(Enum.Parse<DiskCall>(call), DiskFault.Error, name);
        (await Should.ThrowAsync<CheckpointStageException>(_bench.Node.CheckpointAsync)).Stage.ShouldBe(stage);
        _bench.Disk.Faults.Clear();
        foreach (var image in _bench.Disk.Capture().Images(new Random(3), limit: 12))
        {
            await using var bench = new NodeBench { Disk = image };
            await bench.StartAsync();
            await RequireEverything(bench);
        }

        await _bench.Node.CheckpointAsync();
        await _bench.CrashAsync();
        _bench.Node.Recovery.CheckpointSequence.ShouldBeGreaterThan(0);
        await RequireEverything(_bench);
    }

    [Fact]
    public async Task Nothing_is_published_that_the_log_could_still_lose()
    {
        var disk = new GatedDisk(_bench.Disk);
        await _bench.StartAsync(disk);
        var stream = await _bench.CreateAsync("a");
        disk.HoldWrites();
        var append = stream.Append("ordered, captured, and not durable");
        var (captured, durableAtSync) = (default(WalPosition), default(WalPosition));
        _bench.Probe = stage =>
        {
            if (stage == CheckpointStage.Settle)
            {
                captured = _bench.Node.Wal.End;
                ThreadPool.QueueUserWorkItem(_ => disk.LetWrites());
            }
            else if (stage == CheckpointStage.Sync)
            {
                durableAtSync = _bench.Node.Wal.DurableThrough;
            }
        };

        await _bench.Node.CheckpointAsync();

        durableAtSync.ShouldBeGreaterThanOrEqualTo(captured);
        (await append).Start.ShouldBe(0);
    }

    [Fact]
    public async Task Checkpoints_under_load_keep_every_acknowledged_record()
    {
        await Loaded();
        var stream = await _bench.OpenAsync("a");
        var before = (await stream.CheckTailAsync(CancellationToken.None)).Tail;
        var appended = Enumerable.Range(0, 400).Select(i => stream.Append($"load {i}").AsTask()).ToArray();
        for (var i = 0; i < 5; i++)
            await _bench.Node.CheckpointAsync();

        await Task.WhenAll(appended);
        await _bench.CrashAsync();

        (await (await _bench.OpenAsync("a")).Texts(before)).ShouldBe(Enumerable.Range(0, 400).Select(i => $"load {i}"));
    }

    /// <summary>Streams with every kind of state, over several files, the oldest of which nobody needs.</summary>
    private async Task Loaded()
    {
        await _bench.StartAsync();
        var big = await _bench.CreateAsync("big");
        for (var i = 0; i < 25; i++)
            await big.AppendUntilTaken(new byte[100_000]);

        await big.TrimAsync(24, CancellationToken.None);
        var a = await _bench.CreateAsync("a");
        for (var i = 0; i < 5; i++)
            await a.Append($"{i}", new AppendConditions(Producer: new ProducerStamp("p", 0, i)));

        await _bench.CreateAsync("gone");
        await _bench.Node.DeleteAsync(StreamName.Parse("gone"), CancellationToken.None);
        var done = await _bench.CreateAsync("done", new StreamConfigPatch { MaxRecordBytes = 9 });
        await done.Append("end");
        await done.SealAsync(CancellationToken.None);
    }

    private static async Task RequireEverything(NodeBench bench)
    {
        bench.Node.Recovery.ShouldSatisfyAllConditions(
            recovery => recovery.Streams.ShouldBe(3),
            recovery => recovery.FaultyStreams.ShouldBe(0),
            recovery => recovery.SuspectStreams.ShouldBe(0),
            recovery => recovery.CatalogDamage.ShouldBeNull());
        var a = await bench.OpenAsync("a");
        (await a.Texts()).Take(5).ShouldBe(["0", "1", "2", "3", "4"]);
        (await a.Append("4", new AppendConditions(Producer: new ProducerStamp("p", 0, 4)))).Duplicate.ShouldBeTrue();
        var big = await (await bench.OpenAsync("big")).CheckTailAsync(CancellationToken.None);
        (big.Head, big.Tail).ShouldBe((24, 25));
        (await (await bench.OpenAsync("big")).Texts(24)).Length.ShouldBe(1);
        var done = await (await bench.OpenAsync("done")).DescribeAsync(CancellationToken.None);
        (done.Sealed, done.Tail, done.Config.MaxRecordBytes).ShouldBe((true, 1, 9));
    }
}
