using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Offload;
using Orleans.Log.Engine.Simulation.OffloadLevel;
using Orleans.Log.Engine.Tests.Node;
using Orleans.Log.Testing;

namespace Orleans.Log.Engine.Tests.Offload;

public sealed class OffloadTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryBlobStore _blobs = new();
    private readonly NodeBench _bench;

    public OffloadTests() => _bench = new NodeBench { Blobs = _blobs, Time = _clock, BackgroundOffload = false };

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task What_is_offloaded_stands_in_the_store_and_the_log_lets_go_of_it()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        var quiet = await _bench.CreateAsync("quiet");
        await quiet.Append("here");
        for (var i = 0; i < 40; i++)
            await stream.AppendUntilTaken(Payload(i));

        await _bench.Node.Store!.OffloadAllAsync();
        await _bench.Node.CheckpointAsync();

        var (snapshot, texts) = await StoreReader.ReadAsync(_blobs, "a");
        texts.Length.ShouldBe(40);
        texts[7].ShouldStartWith("7 ");
        snapshot.Lsn.ShouldBe(40);
        (await StoreReader.ReadAsync(_blobs, "quiet")).Texts.ShouldBe(["here"]);
        _bench.Node.Wal.Head.File.ShouldBe(_bench.Node.Wal.End.File);
        (await stream.CheckTailAsync(CancellationToken.None)).Offloaded.ShouldBe(40);
    }

    [Fact]
    public async Task Many_quiet_streams_share_one_segment_and_one_pack()
    {
        await _bench.StartAsync();
        for (var i = 0; i < 200; i++)
            await (await _bench.CreateAsync($"s{i}")).Append($"of {i}");

        await _bench.Node.Store!.OffloadAllAsync();

        (await _blobs.ListAsync("segments/")).Blobs.Count.ShouldBe(1);
        (await _blobs.ListAsync("snapshots/")).Blobs.Count.ShouldBe(1);
        (await StoreReader.ReadAsync(_blobs, "s177")).Texts.ShouldBe(["of 177"]);
    }

    [Fact]
    public async Task A_large_stream_gives_way_after_each_segment()
    {
        _bench.Options.Offload.SegmentBytes = 256 * 1024;
        await _bench.StartAsync();
        var large = await _bench.CreateAsync("large");
        for (var i = 0; i < 12; i++)
            await large.AppendUntilTaken(Payload(i));

        await (await _bench.CreateAsync("small")).Append("first");
        var published = new List<OffloadStage>();
        _bench.OffloadProbe = published.Add;
        await _bench.Node.Store!.OffloadAllAsync();

        (await _blobs.ListAsync("segments/")).Blobs.Count.ShouldBeGreaterThan(4);
        (await StoreReader.ReadAsync(_blobs, "large")).Texts.Length.ShouldBe(12);
        published.IndexOf(OffloadStage.Mark).ShouldBeLessThan(published.LastIndexOf(OffloadStage.PutSegment), "The small stream did not wait for the large one.");
    }

    [Fact]
    public async Task More_segments_than_a_snapshot_names_become_sections()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        for (var i = 0; i < 150; i++)
        {
            await stream.Append($"{i}");
            await _bench.Node.Store!.OffloadAllAsync();
        }

        var (snapshot, texts) = await StoreReader.ReadAsync(_blobs, "a");
        texts.ShouldBe(Enumerable.Range(0, 150).Select(i => $"{i}"));
        snapshot.Segments.Older.ShouldNotBeNull();
    }

    [Fact]
    public async Task Seal_fence_and_trim_are_published_without_records()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        for (var i = 0; i < 10; i++)
            await stream.Append($"{i}");

        await _bench.Node.Store!.OffloadAllAsync();
        await stream.TrimAsync(4, CancellationToken.None);
        await stream.FenceAsync("token", null, CancellationToken.None);
        await stream.SealAsync(CancellationToken.None);
        await _bench.Node.Store.OffloadAllAsync();

        var (snapshot, texts) = await StoreReader.ReadAsync(_blobs, "a");
        texts.ShouldBe(["4", "5", "6", "7", "8", "9"]);
        snapshot.Stream.State.Sealed.ShouldBeTrue();
        snapshot.Stream.State.FencingToken.ShouldBe("token");
        snapshot.Stream.State.Head.ShouldBe(4);
    }

    [Fact]
    public async Task What_was_trimmed_before_its_turn_is_not_offloaded()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        for (var i = 0; i < 10; i++)
            await stream.Append($"{i}");

        await stream.TrimAsync(6, CancellationToken.None);
        (await stream.CheckTailAsync(CancellationToken.None)).Offloaded.ShouldBe(6);
        await _bench.Node.Store!.OffloadAllAsync();

        (await StoreReader.ReadAsync(_blobs, "a")).Texts.ShouldBe(["6", "7", "8", "9"]);
    }

    [Fact]
    public async Task A_stream_that_is_trimmed_while_it_is_on_its_way_comes_again_at_once()
    {
        await using var bench = new NodeBench { Blobs = _blobs, Time = _clock };
        await bench.StartAsync();
        var stream = await bench.CreateAsync("a");
        for (var i = 0; i < 10; i++)
            await stream.Append($"{i}");

        var trimmed = false;
        bench.OffloadProbe = stage =>
        {
            if (stage == OffloadStage.Collect && !trimmed)
                trimmed = stream.TrimAsync(6, CancellationToken.None).AsTask().Wait(TimeSpan.FromSeconds(30));
        };

        (await stream.SnapshotAsync(CancellationToken.None)).Lsn.ShouldBe(10);

        trimmed.ShouldBeTrue();
        (await StoreReader.ReadAsync(_blobs, "a")).Texts.ShouldBe(["6", "7", "8", "9"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_restart_goes_on_where_the_store_ends(bool checkpointed)
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        for (var i = 0; i < 10; i++)
            await stream.Append($"{i}");

        await _bench.Node.Store!.OffloadAllAsync();
        if (checkpointed)
            await _bench.Node.CheckpointAsync();

        await _bench.CrashAsync();
        stream = await _bench.OpenAsync("a");
        (await stream.CheckTailAsync(CancellationToken.None)).Offloaded.ShouldBe(10);
        (await stream.Append("10")).Start.ShouldBe(10);
        await _bench.Node.Store!.OffloadAllAsync();

        (await StoreReader.ReadAsync(_blobs, "a")).Texts.ShouldBe(Enumerable.Range(0, 11).Select(i => $"{i}"));
    }

    [Fact]
    public async Task A_stream_that_did_not_change_is_not_published_again()
    {
        await _bench.StartAsync();
        await (await _bench.CreateAsync("a")).Append("x");
        await _bench.Node.Store!.OffloadAllAsync();
        await _bench.RestartAsync();
        var packs = (await _blobs.ListAsync("snapshots/")).Blobs.Count;

        await _bench.Node.Store!.OffloadAllAsync();

        (await _blobs.ListAsync("snapshots/")).Blobs.Count.ShouldBe(packs);
    }

    [Fact]
    public async Task The_root_of_a_deleted_stream_goes_even_if_the_node_dies_before()
    {
        await _bench.StartAsync();
        foreach (var name in new[] { "a", "b" })
            await (await _bench.CreateAsync(name)).Append("x");

        await _bench.Node.Store!.OffloadAllAsync();
        await _bench.Node.DeleteAsync(StreamName.Parse("a"), CancellationToken.None);
        await _bench.Node.Store.OffloadAllAsync();
        (await StoreReader.RootAsync(_blobs, "a")).ShouldBeNull();

        await _bench.Node.DeleteAsync(StreamName.Parse("b"), CancellationToken.None);
        await _bench.CrashAsync();
        await _bench.Node.Store!.OffloadAllAsync();

        (await StoreReader.RootAsync(_blobs, "b")).ShouldBeNull();
    }

    [Fact]
    public async Task A_snapshot_on_demand_holds_everything_before_the_call()
    {
        await using var bench = new NodeBench { Blobs = _blobs, Time = _clock };
        await bench.StartAsync();
        var stream = await bench.CreateAsync("a");
        await stream.Append("0");
        await stream.Append("1");

        (await stream.SnapshotAsync(CancellationToken.None)).Lsn.ShouldBe(2);

        (await stream.ListSnapshotsAsync(CancellationToken.None)).Single().Lsn.ShouldBe(2);
        (await StoreReader.ReadAsync(_blobs, "a")).Texts.ShouldBe(["0", "1"]);
    }

    [Fact]
    public async Task What_is_on_its_way_is_behind_until_it_is_published()
    {
        await _bench.StartAsync();
        await (await _bench.CreateAsync("a")).Append(Payload(1));
        _clock.Advance(TimeSpan.FromSeconds(7));
        StoreHealth? underway = null;
        _bench.OffloadProbe = stage => underway = stage == OffloadStage.Publish ? _bench.Node.Health.Store : underway;

        await _bench.Node.Store!.OffloadAllAsync();

        underway.ShouldNotBeNull().LagBytes.ShouldBeGreaterThan(100_000);
        underway.Lag.ShouldBe(TimeSpan.FromSeconds(7));
        _bench.Node.Health.Store!.LagBytes.ShouldBe(0);
        _bench.Node.Health.Store.Lag.ShouldBeNull();
    }

    [Fact]
    public async Task Age_moves_a_quiet_stream()
    {
        await using var bench = new NodeBench { Blobs = _blobs, Time = _clock };
        var marked = new TaskCompletionSource();
        bench.OffloadProbe = stage => { if (stage == OffloadStage.Reclaim) marked.TrySetResult(); };
        await bench.StartAsync();
        await (await bench.CreateAsync("a")).Append("x");

        _clock.Advance(bench.Options.Offload.SegmentAge);
        await marked.Task.WaitAsync(TimeSpan.FromSeconds(30));

        (await StoreReader.ReadAsync(_blobs, "a")).Texts.ShouldBe(["x"]);
    }

    [Fact]
    public async Task A_stop_offloads_what_is_left()
    {
        await using var bench = new NodeBench { Blobs = _blobs };
        await bench.StartAsync();
        await (await bench.CreateAsync("a")).Append("x");

        await bench.Node.DisposeAsync();

        (await StoreReader.ReadAsync(_blobs, "a")).Texts.ShouldBe(["x"]);
    }

    /// <summary>The log is durable a moment before a stream learns of it; nothing may be offloaded in between.</summary>
    [Fact]
    public async Task Offloading_races_appends()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        using var enough = new CancellationTokenSource();
        var appending = Task.Run(async () =>
        {
            var appended = 0;
            for (; !enough.IsCancellationRequested; appended++)
                await stream.AppendUntilTaken([(byte)'x']);

            return appended;
        });
        for (var i = 0; i < 200; i++)
            await _bench.Node.Store!.OffloadAllAsync();

        await enough.CancelAsync();
        var count = await appending;
        await _bench.Node.Store!.OffloadAllAsync();

        (await StoreReader.ReadAsync(_blobs, "a")).Texts.Length.ShouldBe(count);
    }

    private static byte[] Payload(int number)
    {
        var payload = new byte[100_000];
        payload.AsSpan().Fill((byte)'x');
        System.Text.Encoding.ASCII.GetBytes($"{number} ", payload);
        return payload;
    }
}
