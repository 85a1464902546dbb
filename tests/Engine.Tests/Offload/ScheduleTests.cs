using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Offload;
using Orleans.Log.Engine.Simulation.OffloadLevel;
using Orleans.Log.Engine.Tests.Node;
using Orleans.Log.Testing;

namespace Orleans.Log.Engine.Tests.Offload;

public sealed class ScheduleTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly StubbornStore _store = new(new MemoryBlobStore());
    private readonly NodeBench _bench;

    public ScheduleTests() => _bench = new NodeBench { Blobs = _store, Time = _clock };

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_full_stream_does_not_wait_for_its_age()
    {
        _bench.Options.Offload.SegmentBytes = 256 * 1024;
        var published = PublishedAsync();
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        for (var i = 0; i < 3; i++)
            await stream.AppendUntilTaken(new byte[100_000]);

        await published;

        (await StoreReader.ReadAsync(_store, "a")).Texts.Length.ShouldBe(3);
    }

    [Fact]
    public async Task When_the_oldest_is_due_all_that_are_dirty_go_with_it()
    {
        await _bench.StartAsync();
        await (await _bench.CreateAsync("old")).Append("x");
        _clock.Advance(_bench.Options.Offload.SegmentAge - TimeSpan.FromSeconds(1));
        await (await _bench.CreateAsync("young")).Append("y");
        var published = PublishedAsync();

        _clock.Advance(TimeSpan.FromSeconds(1));
        await published;

        (await StoreReader.ReadAsync(_store, "young")).Texts.ShouldBe(["y"]);
        (await _store.ListAsync("segments/")).Blobs.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Half_of_the_budget_moves_those_that_hold_the_oldest_files()
    {
        _bench.Options.Wal.DiskBudgetBytes = 12 * 1024 * 1024;
        var published = PublishedAsync();
        await _bench.StartAsync();
        var quiet = await _bench.CreateAsync("quiet");
        await quiet.Append("first of all");
        var busy = await _bench.CreateAsync("busy");
        for (var i = 0; i < 60; i++)
            await busy.AppendUntilTaken(new byte[100_000]);

        await published;

        (await quiet.CheckTailAsync(CancellationToken.None)).Offloaded.ShouldBe(1);
    }

    [Fact]
    public async Task A_store_that_fails_is_left_alone_for_longer_each_time_and_then_all_is_well()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        await stream.Append("x");
        _store.Before = (_, name) =>
        {
            if (name.StartsWith("segments/", StringComparison.Ordinal))
                throw StubbornStore.Away();
        };

        (await stream.SnapshotAsync(CancellationToken.None).Refused()).ShouldBe(LogErrorCode.StoreUnavailable);

        _bench.Node.Health.Store.ShouldNotBeNull().State.ShouldBe(StoreState.Failing);
        _bench.Node.Health.Ready.ShouldBeTrue();
        _store.Before = null;
        var published = PublishedAsync();
        _clock.Advance(_bench.Options.Offload.RetryFrom);
        await published;
        (await StoreReader.ReadAsync(_store, "a")).Texts.ShouldBe(["x"]);
    }

    [Fact]
    public async Task Health_says_who_holds_up_the_log()
    {
        await using var bench = new NodeBench { Blobs = _store, Time = _clock, BackgroundOffload = false };
        await bench.StartAsync();
        var quiet = await bench.CreateAsync("quiet");
        await quiet.Append("x");
        var busy = await bench.CreateAsync("busy");
        for (var i = 0; i < 30; i++)
            await busy.AppendUntilTaken(new byte[100_000]);

        _clock.Advance(TimeSpan.FromSeconds(7));

        bench.Node.Health.Store.ShouldNotBeNull().ShouldSatisfyAllConditions(
            store => store.OldestPin.ShouldBe(quiet.Id),
            store => store.PinnedFiles.ShouldBeGreaterThan(2),
            store => store.LagBytes.ShouldBeGreaterThan(3_000_000),
            store => store.Lag.ShouldBe(TimeSpan.FromSeconds(7)));
    }

    [Fact]
    public async Task Bandwidth_is_kept_on_average()
    {
        var pace = new UploadPace(1_000_000, _clock);
        await pace.WaitAsync(2_000_000, CancellationToken.None);
        var second = pace.WaitAsync(1, CancellationToken.None);

        _clock.Advance(TimeSpan.FromSeconds(1.9));
        second.IsCompleted.ShouldBeFalse();
        _clock.Advance(TimeSpan.FromSeconds(0.2));
        await second;
    }

    [Fact]
    public void Delays_double_up_to_their_bound_and_respect_what_the_store_asks_for()
    {
        var delay = new RetryDelay(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), Guid.NewGuid());
        var waits = Enumerable.Range(0, 8).Select(_ => delay.Next(StubbornStore.Away()).TotalSeconds).ToArray();

        waits[0].ShouldBeInRange(0.5, 1);
        waits[2].ShouldBeInRange(2, 4);
        waits[7].ShouldBeInRange(5, 10);
        delay.Next(new BlobStoreException(BlobStoreErrorKind.Throttled, "slow down", retryAfter: TimeSpan.FromMinutes(1))).ShouldBe(TimeSpan.FromMinutes(1));
        delay.Reset();
        delay.Next(StubbornStore.Away()).TotalSeconds.ShouldBeInRange(0.5, 1);
    }

    private Task PublishedAsync()
    {
        var published = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _bench.OffloadProbe = stage =>
        {
            if (stage == OffloadStage.Reclaim)
                published.TrySetResult();
        };
        return published.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }
}
