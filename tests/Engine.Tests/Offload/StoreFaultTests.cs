using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Offload;
using Orleans.Log.Engine.Segments;
using Orleans.Log.Engine.Simulation.OffloadLevel;
using Orleans.Log.Engine.Tests.Node;
using Orleans.Log.Testing;

namespace Orleans.Log.Engine.Tests.Offload;

public sealed class StoreFaultTests : IAsyncDisposable
{
    private readonly MemoryBlobStore _blobs = new();
    private readonly StubbornStore _store;
    private readonly NodeBench _bench;

    public StoreFaultTests()
    {
        _store = new StubbornStore(_blobs);
        _bench = new NodeBench { Blobs = _store, Time = new ManualTimeProvider(), BackgroundOffload = false };
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public async Task A_root_page_that_was_stored_otherwise_than_it_was_sent_is_written_again_and_nothing_is_given_up_before_it_is_whole(int kept)
    {
        var stream = await StartAsync();
        var spoiled = 0;
        _store.Spoil = (name, content) => !name.StartsWith("roots/", StringComparison.Ordinal) ? content : Spoil(content);
        (await Should.ThrowAsync<BlobStoreException>(() => _bench.Node.Store!.OffloadAllAsync())).Kind.ShouldBe(BlobStoreErrorKind.Damaged);
        (await stream.CheckTailAsync(CancellationToken.None)).Offloaded.ShouldBe(0);

        // The next round finds damage that this node has made, and one more write goes wrong.
        var before = spoiled;
        _store.Spoil = (name, content) => !name.StartsWith("roots/", StringComparison.Ordinal) || spoiled > before ? content : Spoil(content);
        await _bench.Node.Store!.OffloadAllAsync();

        spoiled.ShouldBe(before + 1);
        (await stream.CheckTailAsync(CancellationToken.None)).Offloaded.ShouldBe(3);
        (await StoreReader.ReadAsync(_blobs, "a")).Texts.ShouldBe(["0", "1", "2"]);

        byte[] Spoil(byte[] content)
        {
            spoiled++;
            if (kept > 0)
                return content[..kept];

            content[content.Length / 2] ^= 1;
            return content;
        }
    }

    [Fact]
    public async Task The_record_of_a_node_that_was_stored_otherwise_than_it_was_sent_is_written_again()
    {
        var spoiled = new HashSet<string>();
        _store.Spoil = (name, content) => name.StartsWith("nodes/", StringComparison.Ordinal) && spoiled.Count < 2 && spoiled.Add($"{spoiled.Count}") ? content[..10] : content;
        await StartAsync();
        await _bench.Node.Store!.OffloadAllAsync();
        await _bench.RestartAsync();

        _bench.Node.Health.Store!.State.ShouldBe(StoreState.Working);
        spoiled.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("segments/", 0)]
    [InlineData("segments/", 100)]
    [InlineData("snapshots/", 0)]
    [InlineData("snapshots/", 100)]
    public async Task What_arrived_otherwise_than_it_was_sent_is_seen_before_anything_is_given_up(string where, int kept)
    {
        var stream = await StartAsync();
        _store.Spoil = (name, content) =>
        {
            if (!name.StartsWith(where, StringComparison.Ordinal))
                return content;

            if (kept > 0)
                return content[..kept];

            content[content.Length / 2] ^= 1;
            return content;
        };
        (await Should.ThrowAsync<BlobStoreException>(() => _bench.Node.Store!.OffloadAllAsync())).Kind.ShouldBe(BlobStoreErrorKind.Damaged);
        (await stream.CheckTailAsync(CancellationToken.None)).Offloaded.ShouldBe(0);
        (await StoreReader.RootAsync(_blobs, "a")).ShouldBeNull();

        _store.Spoil = null;
        await _bench.Node.Store!.OffloadAllAsync();

        (await StoreReader.ReadAsync(_blobs, "a")).Texts.ShouldBe(["0", "1", "2"]);
    }

    [Theory]
    [InlineData("segments/")]
    [InlineData("snapshots/")]
    public async Task What_comes_back_otherwise_than_it_was_sent_is_not_published(string where)
    {
        var stream = await StartAsync();
        _store.Misreads = name => name.StartsWith(where, StringComparison.Ordinal);
        (await Should.ThrowAsync<BlobStoreException>(() => _bench.Node.Store!.OffloadAllAsync())).Kind.ShouldBe(BlobStoreErrorKind.Damaged);
        (await stream.CheckTailAsync(CancellationToken.None)).Offloaded.ShouldBe(0);
        (await StoreReader.RootAsync(_blobs, "a")).ShouldBeNull();

        _store.Misreads = null;
        await _bench.Node.Store!.OffloadAllAsync();

        (await StoreReader.ReadAsync(_blobs, "a")).Texts.ShouldBe(["0", "1", "2"]);
    }

    [Fact]
    public async Task A_start_reads_again_what_it_has_misread_once()
    {
        await StartAsync();
        await _bench.Node.Store!.OffloadAllAsync();
        var misread = new HashSet<string>();
        _store.Misreads = misread.Add;

        await _bench.RestartAsync();

        _bench.Node.Health.Store!.State.ShouldBe(StoreState.Working);
        misread.ShouldContain("store");
        misread.Count.ShouldBeGreaterThan(64);
    }

    [Theory]
    [InlineData("put", "segments/", BlobStoreErrorKind.Exists)]
    [InlineData("put", "segments/", BlobStoreErrorKind.Throttled)]
    [InlineData("put", "segments/", BlobStoreErrorKind.Unavailable)]
    [InlineData("read", "segments/", BlobStoreErrorKind.NotFound)]
    [InlineData("put", "snapshots/", BlobStoreErrorKind.Exists)]
    [InlineData("put", "snapshots/", BlobStoreErrorKind.Throttled)]
    [InlineData("put", "snapshots/", BlobStoreErrorKind.Unavailable)]
    [InlineData("read", "snapshots/", BlobStoreErrorKind.NotFound)]
    [InlineData("replace", "roots/", BlobStoreErrorKind.ConditionFailed)]
    [InlineData("replace", "roots/", BlobStoreErrorKind.Throttled)]
    [InlineData("replace", "roots/", BlobStoreErrorKind.Unavailable)]
    public async Task A_refusal_gives_nothing_up_and_the_next_turn_publishes(string call, string where, BlobStoreErrorKind kind)
    {
        var stream = await StartAsync();
        _store.Before = (made, name) =>
        {
            if (made == call && name.StartsWith(where, StringComparison.Ordinal))
                throw new BlobStoreException(kind, "refused");
        };
        (await Should.ThrowAsync<BlobStoreException>(() => _bench.Node.Store!.OffloadAllAsync())).Kind.ShouldBe(kind);
        (await stream.CheckTailAsync(CancellationToken.None)).Offloaded.ShouldBe(0);

        _store.Before = null;
        await _bench.Node.Store!.OffloadAllAsync();

        (await StoreReader.ReadAsync(_blobs, "a")).Texts.ShouldBe(["0", "1", "2"]);
    }

    [Theory]
    [InlineData("put", "segments/")]
    [InlineData("put", "snapshots/")]
    [InlineData("replace", "roots/")]
    public async Task A_write_whose_answer_was_lost_is_settled_by_looking(string call, string where)
    {
        await StartAsync();
        var lost = false;
        _store.After = (kind, name) =>
        {
            if (lost || kind != call || !name.StartsWith(where, StringComparison.Ordinal))
                return;

            lost = true;
            throw StubbornStore.Away(unknown: true);
        };

        await _bench.Node.Store!.OffloadAllAsync();

        lost.ShouldBeTrue();
        (await StoreReader.ReadAsync(_blobs, "a")).Texts.ShouldBe(["0", "1", "2"]);
    }

    [Fact]
    public async Task A_store_that_takes_its_time_is_asked_for_several_root_pages_at_once()
    {
        var streams = await StartManyAsync();
        var (underWay, all, goOn) = (0, new TaskCompletionSource(), new TaskCompletionSource());
        _store.Hold = _ =>
        {
            if (++underWay == PagePublication.AtOnce)
                all.SetResult();

            return goOn.Task;
        };
        var offloading = _bench.Node.Store!.OffloadAllAsync();
        await all.Task.WaitAsync(TimeSpan.FromSeconds(30));
        underWay.ShouldBe(PagePublication.AtOnce, "The others wait their turn.");
        goOn.SetResult();
        await offloading;

        foreach (var stream in streams)
            (await StoreReader.ReadAsync(_blobs, stream.Name.Value)).Texts.ShouldBe(["here"]);
    }

    [Fact]
    public async Task Root_pages_beside_one_that_failed_are_published_and_the_log_lets_go_of_what_they_name()
    {
        var streams = await StartManyAsync();
        var (replaced, all, first) = (0, new TaskCompletionSource(), (string?)null);
        _store.Hold = async name =>
        {
            first ??= name;
            if (++replaced == PagePublication.AtOnce)
                all.SetResult();

            await all.Task;
            if (name == first)
                throw new BlobStoreException(BlobStoreErrorKind.Throttled, "Too many calls.");
        };
        (await Should.ThrowAsync<BlobStoreException>(() => _bench.Node.Store!.OffloadAllAsync())).Kind.ShouldBe(BlobStoreErrorKind.Throttled);

        var published = 0;
        foreach (var stream in streams)
        {
            var offloaded = (await stream.CheckTailAsync(CancellationToken.None)).Offloaded;
            (await StoreReader.RootAsync(_blobs, stream.Name.Value) is not null).ShouldBe(offloaded == 1, "A stream takes note of what is published, and of nothing else.");
            published += (int)offloaded;
        }

        published.ShouldBeGreaterThanOrEqualTo(PagePublication.AtOnce - 1);
        published.ShouldBeLessThan(streams.Count);
        _store.Hold = null;
        await _bench.Node.Store!.OffloadAllAsync();
        foreach (var stream in streams)
            (await StoreReader.ReadAsync(_blobs, stream.Name.Value)).Texts.ShouldBe(["here"]);
    }

    [Fact]
    public async Task A_publication_that_happened_unseen_is_not_published_twice_over()
    {
        var stream = await StartAsync();
        var away = false;
        _store.After = (kind, name) =>
        {
            away |= kind == "replace";
            if (away)
                throw StubbornStore.Away(unknown: true);
        };
        _store.Before = (_, _) =>
        {
            if (away)
                throw StubbornStore.Away();
        };
        await Should.ThrowAsync<BlobStoreException>(() => _bench.Node.Store!.OffloadAllAsync());
        (_store.Before, _store.After) = (null, null);
        await stream.Append("3");

        await _bench.Node.Store!.OffloadAllAsync();

        (await StoreReader.ReadAsync(_blobs, "a")).Texts.ShouldBe(["0", "1", "2", "3"]);
    }

    [Fact]
    public async Task A_snapshot_that_was_replaced_and_swept_while_it_was_looked_at_is_not_called_damaged()
    {
        var stream = await StartAsync();
        await _bench.Node.Store!.OffloadAllAsync();
        await stream.Append("3");
        _store.Before = (call, name) =>
        {
            if (call != "read" || !name.StartsWith("snapshots/", StringComparison.Ordinal))
                return;

            _store.Before = null;
            Task.Run(async () =>
            {
                await _bench.Node.Store.OffloadAllAsync();
                await _bench.Node.Store.SweepAsync(CancellationToken.None);
            }).GetAwaiter().GetResult();
        };

        (await stream.ListSnapshotsAsync(CancellationToken.None)).Single().Lsn.ShouldBe(4);
    }

    [Fact]
    public async Task A_store_that_is_away_at_the_start_is_attached_when_it_comes()
    {
        await StartAsync();
        await _bench.Node.Store!.OffloadAllAsync();
        var clock = new ManualTimeProvider();
        await using var later = new NodeBench { Disk = _bench.Disk.AfterProcessDeath(), Blobs = _store, Time = clock };
        later.Options.Offload.RetryTo = later.Options.Offload.RetryFrom;
        var asked = new SemaphoreSlim(0);
        _store.Before = (_, _) =>
        {
            asked.Release();
            throw StubbornStore.Away();
        };

        await later.StartAsync();
        var stream = await later.OpenAsync("a");
        (await stream.Append("3")).Start.ShouldBe(3);
        later.Node.Health.Store!.State.ShouldBe(StoreState.Attaching);
        (await stream.SnapshotAsync(CancellationToken.None).Refused()).ShouldBe(LogErrorCode.StoreUnavailable);

        _store.Before = null;
        while (later.Node.Health.Store!.State == StoreState.Attaching)
        {
            clock.Advance(later.Options.Offload.RetryTo);
            await Task.Yield();
        }

        (await stream.SnapshotAsync(CancellationToken.None)).Lsn.ShouldBe(4);
    }

    [Fact]
    public async Task Appends_are_refused_at_the_budget_and_resume_when_the_store_is_back()
    {
        await using var bench = new NodeBench { Blobs = _store };
        bench.Options.Wal.DiskBudgetBytes = 6 * 1024 * 1024;
        bench.Options.Wal.StarvedRetry = TimeSpan.FromMilliseconds(1);
        bench.Options.Offload.RetryFrom = bench.Options.Offload.RetryTo = TimeSpan.FromMilliseconds(1);
        await bench.StartAsync();
        var stream = await bench.CreateAsync("a");
        _store.Before = (_, _) => throw StubbornStore.Away();
        var taken = await FillAsync(stream);

        (await stream.CheckTailAsync(CancellationToken.None)).Tail.ShouldBe(taken);
        _store.Before = null;
        (await stream.AppendUntil(new byte[100_000], LogErrorCode.ReadOnlyDiskFull)).Start.ShouldBe(taken);

        (await StoreReader.ReadAsync(_blobs, "a")).Texts.Length.ShouldBeGreaterThan(0);
    }

    private static async Task<int> FillAsync(ILogStream stream)
    {
        for (var taken = 0; ; taken++)
        {
            try
            {
                await stream.AppendUntilTaken(new byte[100_000]);
            }
            catch (LogException full) when (full.Code == LogErrorCode.ReadOnlyDiskFull)
            {
                return taken;
            }
        }
    }

    /// <summary>As many streams as make it certain that more root pages have one than are replaced at once.</summary>
    private async Task<List<ILogStream>> StartManyAsync()
    {
        await _bench.StartAsync();
        var streams = new List<ILogStream>();
        while (streams.Select(static stream => RootPage.NumberOf(stream.Id)).Distinct().Count() <= 2 * PagePublication.AtOnce)
        {
            streams.Add(await _bench.CreateAsync($"s{streams.Count}"));
            await streams[^1].Append("here");
        }

        return streams;
    }

    private async Task<ILogStream> StartAsync()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        for (var i = 0; i < 3; i++)
            await stream.Append($"{i}");

        return stream;
    }
}
