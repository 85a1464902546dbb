using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Offload;
using Orleans.Log.Engine.Segments;
using Orleans.Log.Engine.Simulation.OffloadLevel;
using Orleans.Log.Engine.Tests.Node;
using Orleans.Log.Testing;

namespace Orleans.Log.Engine.Tests.Offload;

public sealed class SweepTests : IAsyncDisposable
{
    private readonly MemoryBlobStore _blobs = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly NodeBench _bench;

    public SweepTests() => _bench = new NodeBench { Blobs = _blobs, Time = _clock, BackgroundOffload = false };

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task What_nothing_names_goes_and_what_is_named_stays()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        for (var i = 0; i < 50; i++)
        {
            await stream.Append($"{i}");
            await _bench.Node.Store!.OffloadAllAsync();
        }

        await stream.TrimAsync(20, CancellationToken.None);
        await _bench.Node.Store!.OffloadAllAsync();

        await _bench.Node.Store.SweepAsync(CancellationToken.None);

        (await StoreReader.ReadAsync(_blobs, "a")).Texts.ShouldBe(Enumerable.Range(20, 30).Select(i => $"{i}"));
        (await _blobs.ListAsync("segments/")).Blobs.Count.ShouldBe(30);
        (await _blobs.ListAsync("snapshots/")).Blobs.Count.ShouldBeLessThan(5);
    }

    [Fact]
    public async Task The_blobs_of_a_deleted_stream_go()
    {
        await _bench.StartAsync();
        await (await _bench.CreateAsync("a")).Append("x");
        await _bench.Node.Store!.OffloadAllAsync();
        await _bench.Node.DeleteAsync(StreamName.Parse("a"), CancellationToken.None);
        await _bench.Node.Store.OffloadAllAsync();

        (await _bench.Node.Store.SweepAsync(CancellationToken.None)).Blobs.ShouldBe(2);
    }

    [Fact]
    public async Task Nothing_is_deleted_while_something_cannot_be_read()
    {
        await _bench.StartAsync();
        foreach (var name in new[] { "a", "b" })
        {
            await (await _bench.CreateAsync(name)).Append("x");
            await _bench.Node.Store!.OffloadAllAsync();
        }

        await _blobs.DeleteAsync((await StoreReader.RootAsync(_blobs, "a"))!.Snapshot.Blob.Pack);
        var before = (await _blobs.ListAsync("segments/")).Blobs.Count;

        await Should.ThrowAsync<StoreFormatException>(() => _bench.Node.Store!.SweepAsync(CancellationToken.None));

        (await _blobs.ListAsync("segments/")).Blobs.Count.ShouldBe(before);
    }

    [Fact]
    public async Task What_is_under_way_is_spared()
    {
        await _bench.StartAsync();
        await (await _bench.CreateAsync("a")).Append("x");
        _bench.OffloadProbe = stage =>
        {
            if (stage == OffloadStage.PutPack)
                _bench.Node.Store!.SweepAsync(CancellationToken.None).IsCompletedSuccessfully.ShouldBeTrue();
        };

        await _bench.Node.Store!.OffloadAllAsync();

        (await StoreReader.ReadAsync(_blobs, "a")).Texts.ShouldBe(["x"]);
    }

    [Fact]
    public async Task Orphans_of_an_earlier_process_go()
    {
        await _bench.StartAsync();
        await (await _bench.CreateAsync("a")).Append("x");
        _bench.OffloadProbe = stage =>
        {
            if (stage == OffloadStage.Publish)
                throw new InvalidOperationException("killed");
        };
        await Should.ThrowAsync<InvalidOperationException>(() => _bench.Node.Store!.OffloadAllAsync());
        _bench.OffloadProbe = null;
        await _bench.CrashAsync();

        (await _bench.Node.Store!.SweepAsync(CancellationToken.None)).Blobs.ShouldBe(2);
    }

    [Theory]
    [InlineData(null, null, 7L, 3L)]
    [InlineData(null, 2L, null, 8L)]
    [InlineData(60, null, null, 5L)]
    [InlineData(null, null, null, 0L)]
    public async Task Retention_gives_up_whole_segments_that_are_offloaded(int? minutes, long? batches, long? records, long head)
    {
        await _bench.StartAsync();
        var patch = new StreamConfigPatch
        {
            RetentionAge = BoundChange.To<TimeSpan>(minutes is { } age ? TimeSpan.FromMinutes(age) : null),
            RetentionBytes = BoundChange.To(batches * 9),
            RetentionRecords = BoundChange.To(records),
        };
        var stream = await _bench.CreateAsync("a", patch);
        for (var i = 0; i < 10; i++)
        {
            await stream.Append($"{i}");
            await _bench.Node.Store!.OffloadAllAsync();
            _clock.Advance(TimeSpan.FromMinutes(12));
        }

        await _bench.Node.Store!.SweepAsync(CancellationToken.None);
        await _bench.Node.Store.OffloadAllAsync();

        (await stream.CheckTailAsync(CancellationToken.None)).Head.ShouldBe(head);
        (await StoreReader.ReadAsync(_blobs, "a")).Texts.ShouldBe(Enumerable.Range((int)head, 10 - (int)head).Select(i => $"{i}"));
    }
}
