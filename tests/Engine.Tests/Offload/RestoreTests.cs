using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Offload;
using Orleans.Log.Engine.Segments;
using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Simulation.OffloadLevel;
using Orleans.Log.Engine.Tests.Node;
using Orleans.Log.Testing;

namespace Orleans.Log.Engine.Tests.Offload;

public sealed class RestoreTests : IAsyncDisposable
{
    private readonly MemoryBlobStore _blobs = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly NodeBench _lost;
    private readonly NodeBench _new;

    public RestoreTests()
    {
        _lost = new NodeBench { Blobs = _blobs, Time = _clock, BackgroundOffload = false };
        _new = new NodeBench { Blobs = _blobs, Time = _clock, BackgroundOffload = false };
    }

    public async ValueTask DisposeAsync()
    {
        await _lost.DisposeAsync();
        await _new.DisposeAsync();
    }

    [Fact]
    public async Task What_was_offloaded_comes_back_and_what_was_not_is_said_to_be_lost()
    {
        await _lost.StartAsync();
        var stream = await _lost.CreateAsync("a", new StreamConfigPatch { MaxRecordBytes = 77 });
        await stream.Append("0", Producer(0));
        await stream.Append("1", Producer(1));
        var ended = await _lost.CreateAsync("ended");
        await ended.Append("x");
        await ended.SealAsync(CancellationToken.None);
        await _lost.Node.Store!.OffloadAllAsync();
        await stream.Append("lost", Producer(2));

        var report = await RestoreAsync();

        report.Streams.Select(found => (found.Name.Value, found.Offloaded, found.Tail)).ShouldBe([("a", 2, 2 + RestoredState.Gap), ("ended", 1, 1)]);
        await _new.StartAsync();
        stream = await _new.OpenAsync("a");
        (await stream.DescribeAsync(CancellationToken.None)).ShouldSatisfyAllConditions(
            found => found.Config.MaxRecordBytes.ShouldBe(77),
            found => found.Id.ShouldBe(report.Streams[0].Id),
            found => found.Tail.ShouldBe(2 + RestoredState.Gap));
        (await (await _new.OpenAsync("ended")).Append("y").Refused()).ShouldBe(LogErrorCode.StreamSealed);
        (await stream.Append("1", Producer(1))).ShouldBe(new AppendResult(1, 2, 2 + RestoredState.Gap, Duplicate: true));
        (await stream.Append("2", Producer(2))).Start.ShouldBe(2 + RestoredState.Gap, "What was lost is taken when it is sent again.");
        await _new.Node.Store!.OffloadAllAsync();
        (await StoreReader.RootAsync(_blobs, "a"))!.Offloaded.ShouldBe(3 + RestoredState.Gap);
    }

    [Fact]
    public async Task Every_page_and_record_that_is_stored_otherwise_than_it_was_sent_is_written_again()
    {
        await _lost.StartAsync();
        await (await _lost.CreateAsync("a")).Append("0");
        await _lost.Node.Store!.OffloadAllAsync();
        var writes = new Dictionary<string, int>();
        _new.Blobs = new StubbornStore(_blobs)
        {
            // One write of a blob goes wrong, the next one does not.
            Spoil = (name, content) => (writes[name] = writes.GetValueOrDefault(name) + 1) % 2 == 0 || name.StartsWith("snapshots/", StringComparison.Ordinal) ? content : content[..^1],
        };

        (await RestoreAsync()).Streams.Single().Name.Value.ShouldBe("a");

        _new.Blobs = _blobs;
        await _new.StartAsync();
        (await StoreReader.ReadAsync(_blobs, "a")).Texts.ShouldBe(["0"]);
        writes.Keys.Count(static name => name.StartsWith("nodes/", StringComparison.Ordinal)).ShouldBe(2);
        writes.Keys.Count(static name => name.StartsWith("roots/", StringComparison.Ordinal)).ShouldBe(RootPage.Count);
    }

    [Fact]
    public async Task Reads_cross_from_the_store_to_the_log_and_say_what_is_lost_between()
    {
        await _lost.StartAsync();
        var stream = await _lost.CreateAsync("a");
        await stream.Append("0");
        await _lost.Node.Store!.OffloadAllAsync();
        await RestoreAsync();
        await _new.StartAsync();
        stream = await _new.OpenAsync("a");
        await stream.Append("1");

        using var page = await stream.ReadAsync(ReadRequest.FromLsn(0), CancellationToken.None);
        page.Records.Length.ShouldBe(1);
        page.Next.ShouldBe(1);
        var lost = await Should.ThrowAsync<LogException>(stream.ReadAsync(ReadRequest.FromLsn(1), CancellationToken.None).AsTask());
        lost.Code.ShouldBe(LogErrorCode.Corrupt);
        lost.Facts.Reason.ShouldBe("lost");
        lost.Facts.Next.ShouldBe(1 + RestoredState.Gap, "there it goes on");
        using var behind = await stream.ReadAsync(ReadRequest.FromLsn(1 + RestoredState.Gap), CancellationToken.None);
        behind.Records.Length.ShouldBe(1);
        await _new.CrashAsync();
        stream = await _new.OpenAsync("a");
        (await stream.ReadAsync(ReadRequest.FromLsn(7), CancellationToken.None).Refused()).ShouldBe(LogErrorCode.Corrupt);
    }

    [Fact]
    public async Task Readers_of_a_restored_stream_get_everything_on_both_sides_of_what_was_lost()
    {
        await _lost.StartAsync();
        var stream = await _lost.CreateAsync("a");
        await stream.Append("0");
        await stream.Append("1");
        await _lost.Node.Store!.OffloadAllAsync();
        await RestoreAsync();
        _clock.Advance(TimeSpan.FromSeconds(1));
        await _new.StartAsync();
        stream = await _new.OpenAsync("a");
        var behind = (await stream.Append("2")).Start;
        behind.ShouldBe(2 + RestoredState.Gap);
        var since = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        _clock.Advance(TimeSpan.FromSeconds(1));
        await stream.Append("3");
        for (var moved = 0; moved < 3; moved++)
        {
            (await TextsAsync(ReadRequest.FromLsn(0))).ShouldBe(("0 1", 2));
            (await TextsAsync(ReadRequest.FromLsn(behind))).ShouldBe(("2 3", behind + 2));
            (await TextsAsync(ReadRequest.Since(0))).ShouldBe(("0 1", 2));
            (await TextsAsync(ReadRequest.Since(since + 1))).ShouldBe(("3", behind + 2));

            // What was lost may have been as new as that time asks for.
            foreach (var lost in new[] { ReadRequest.Since(since), ReadRequest.FromLsn(2), ReadRequest.FromLsn(2 + (RestoredState.Gap / 2)), ReadRequest.FromLsn(behind - 1) })
            {
                var error = await Should.ThrowAsync<LogException>(async () => await stream.ReadAsync(lost, CancellationToken.None));
                (error.Code, error.Facts.Reason).ShouldBe((LogErrorCode.Corrupt, "lost"));
                error.Message.ShouldContain($"goes on at {behind}");
            }

            // From the log, from the store, and after a restart.
            await _new.Node.Store!.OffloadAllAsync();
            if (moved == 1)
            {
                await _new.RestartAsync();
                stream = await _new.OpenAsync("a");
            }
        }

        async Task<(string Texts, long Next)> TextsAsync(ReadRequest request)
        {
            using var page = await stream.ReadAsync(request, CancellationToken.None);
            return (string.Join(' ', page.Records.ToArray().Select(record => System.Text.Encoding.UTF8.GetString(record.Payload.Span))), page.Next);
        }
    }

    [Fact]
    public async Task A_node_that_was_replaced_and_wakes_up_can_publish_nothing_and_takes_no_appends()
    {
        await _lost.StartAsync();
        var stream = await _lost.CreateAsync("a");
        await stream.Append("0");
        await _lost.Node.Store!.OffloadAllAsync();
        await RestoreAsync();
        await stream.Append("after its end");
        await (await _lost.CreateAsync("b")).Append("of nobody");

        (await Should.ThrowAsync<StoreRefusedException>(() => _lost.Node.Store!.OffloadAllAsync())).Problem.ShouldBe(StoreProblem.Retired);

        (await StoreReader.RootAsync(_blobs, "b")).ShouldBeNull();
        (await StoreReader.RootAsync(_blobs, "a"))!.Offloaded.ShouldBe(1 + RestoredState.Gap);
        await Should.ThrowAsync<StoreRefusedException>(() => _lost.CrashAsync());
    }

    [Fact]
    public async Task A_replaced_node_that_offloads_by_itself_stops()
    {
        await using var zombie = new NodeBench { Blobs = _blobs, Time = _clock };
        await zombie.StartAsync();
        var stream = await zombie.CreateAsync("a");
        await stream.Append("0");
        await stream.SnapshotAsync(CancellationToken.None);
        await RestoreAsync();

        await stream.Append("1");
        await Should.ThrowAsync<Exception>(() => stream.SnapshotAsync(CancellationToken.None).AsTask());

        (await zombie.Failed.Task.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBeOfType<StoreRefusedException>();
        (await stream.Append("2").Refused()).ShouldBe(LogErrorCode.Fenced);
        zombie.Node.Health.Store!.State.ShouldBe(StoreState.Fenced);
    }

    [Theory]
    [InlineData(nameof(OffloadStage.RestoreFormat))]
    [InlineData(nameof(OffloadStage.RestoreRetire))]
    [InlineData(nameof(OffloadStage.RestorePage))]
    [InlineData(nameof(OffloadStage.RestoreCheckpoint))]
    [InlineData(nameof(OffloadStage.Bind))]
    public async Task A_restore_that_was_interrupted_is_finished_by_the_next_one(string stageName)
    {
        var at = Enum.Parse<OffloadStage>(stageName);
        await _lost.StartAsync();
        for (var i = 0; i < 20; i++)
            await (await _lost.CreateAsync($"s{i}")).Append($"{i}");

        await _lost.Node.Store!.OffloadAllAsync();
        var calls = 0;
        _new.OffloadProbe = stage =>
        {
            if (stage == at && (at != OffloadStage.RestorePage || ++calls == 30))
                throw new OperationCanceledException("killed");
        };
        await Should.ThrowAsync<OperationCanceledException>(RestoreAsync);
        _new.OffloadProbe = null;
        _new.Disk = _new.Disk.AfterProcessDeath();
        if (at > OffloadStage.RestoreFormat)
            (await Should.ThrowAsync<StoreRefusedException>(() => _new.StartAsync())).Problem.ShouldBeOneOf(StoreProblem.RestoreUnfinished, StoreProblem.DirectoryIsOld, StoreProblem.NeedsRestore);

        var report = await RestoreAsync();

        report.Streams.Count.ShouldBe(20);
        await _new.StartAsync();
        (await (await _new.OpenAsync("s7")).CheckTailAsync(CancellationToken.None)).Tail.ShouldBe(1 + RestoredState.Gap);
    }

    [Fact]
    public async Task A_restored_node_can_be_lost_and_restored_again()
    {
        await _lost.StartAsync();
        await (await _lost.CreateAsync("a")).Append("0");
        await _lost.Node.Store!.OffloadAllAsync();
        await RestoreAsync();
        await _new.StartAsync();
        await (await _new.OpenAsync("a")).Append("1");
        await _new.Node.Store!.OffloadAllAsync();
        _new.Disk = new SimulatedDisk();

        var report = await RestoreAsync();

        report.Streams.Single().Offloaded.ShouldBe(2 + RestoredState.Gap);
        await _new.StartAsync();
        (await _new.Node.Store!.SweepAsync(CancellationToken.None)).Blobs.ShouldBeGreaterThan(0, "packs of both earlier nodes");
    }

    [Fact]
    public async Task A_sealed_stream_loses_nothing_by_another_restore()
    {
        await _lost.StartAsync();
        await (await _lost.CreateAsync("a")).Append("0");
        await _lost.Node.Store!.OffloadAllAsync();
        await RestoreAsync();
        await _new.StartAsync();
        await (await _new.OpenAsync("a")).SealAsync(CancellationToken.None);
        await _new.Node.Store!.OffloadAllAsync();
        _new.Disk = new SimulatedDisk();

        var report = await RestoreAsync();

        report.Streams.Single().ShouldSatisfyAllConditions(
            found => found.Offloaded.ShouldBe(1 + RestoredState.Gap),
            found => found.Tail.ShouldBe(1 + RestoredState.Gap));
    }

    [Fact]
    public async Task A_name_that_was_given_anew_belongs_to_the_newer_stream_although_the_older_ones_root_is_still_there()
    {
        await _lost.StartAsync();
        for (var i = 0; i < 20; i++)
            await (await _lost.CreateAsync($"s{i}")).Append("old");

        await _lost.Node.Store!.OffloadAllAsync();
        for (var i = 0; i < 20; i++)
        {
            await _lost.Node.DeleteAsync(StreamName.Parse($"s{i}"), CancellationToken.None);
            await (await _lost.CreateAsync($"s{i}")).Append("new");
        }

        _lost.OffloadProbe = stage =>
        {
            if (stage == OffloadStage.RemoveRoot)
                throw new InvalidOperationException("killed");
        };
        await Should.ThrowAsync<InvalidOperationException>(() => _lost.Node.Store!.OffloadAllAsync());

        (await RestoreAsync()).Streams.Count.ShouldBe(20);

        await _new.StartAsync();
        for (var i = 0; i < 20; i++)
            (await StoreReader.ReadAsync(_blobs, $"s{i}")).Texts.ShouldBe(["new"]);

        await _new.CreateAsync("another");
        (await StoreInspector.InspectAsync(_blobs, progress: null, CancellationToken.None)).Streams.ShouldBe(20);
    }

    [Fact]
    public async Task Retention_by_count_does_not_take_what_was_lost_for_records()
    {
        await _lost.StartAsync();
        var stream = await _lost.CreateAsync("a", new StreamConfigPatch { RetentionRecords = 3 });
        for (var i = 0; i < 5; i++)
        {
            await stream.Append($"{i}");
            await _lost.Node.Store!.OffloadAllAsync();
        }

        await RestoreAsync();
        await _new.StartAsync();
        await _new.Node.Store!.SweepAsync(CancellationToken.None);

        (await (await _new.OpenAsync("a")).CheckTailAsync(CancellationToken.None)).Head.ShouldBe(2);
    }

    [Fact]
    public async Task There_must_be_something_to_restore_and_room_for_it()
    {
        (await Should.ThrowAsync<StoreRefusedException>(RestoreAsync)).Problem.ShouldBe(StoreProblem.NothingToRestore);
        await _lost.StartAsync();
        (await Should.ThrowAsync<StoreRefusedException>(RestoreAsync)).Problem.ShouldBe(StoreProblem.NothingToRestore);
        _new.Blobs = null;
        _new.Disk = new SimulatedDisk();
        await _new.StartAsync();
        await _new.CreateAsync("b");
        await _new.Node.DisposeAsync();
        _new.Blobs = _blobs;
        (await Should.ThrowAsync<StoreRefusedException>(RestoreAsync)).Problem.ShouldBe(StoreProblem.NotEmpty);
    }

    private Task<RestoreReport> RestoreAsync() => LogNode.RestoreAsync(_new.Options, _new.Host(), new RestoreRequest());

    private static AppendConditions Producer(long sequence) => new(Producer: new ProducerStamp("p", 1, sequence));
}
