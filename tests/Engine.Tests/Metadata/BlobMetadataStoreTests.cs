using System.Buffers;
using System.Globalization;
using System.Text;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Metadata;
using Orleans.Log.Testing;
using Orleans.Log.Testing.Blobs;

namespace Orleans.Log.Engine.Tests.Metadata;

/// <summary>What the store over blobs says and does when the blobs fail it.</summary>
public sealed class BlobMetadataStoreTests
{
    private static readonly MetadataKey Key = new("nodes/a");

    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryBlobStore _blobs = new();
    private readonly FaultyBlobStore _faulty;
    private readonly BlobMetadataStore _store;
    private readonly BlobMetadataStore _other;

    public BlobMetadataStoreTests()
    {
        _faulty = new FaultyBlobStore(_blobs, _clock);
        _store = Over(_faulty);
        _other = Over(_blobs);
    }

    [Theory]
    [InlineData(BlobFault.Throttled, MetadataErrorKind.Unavailable)]
    [InlineData(BlobFault.Refused, MetadataErrorKind.Refused)]
    public async Task A_failure_that_had_no_effect_is_told_as_it_is(BlobFault fault, MetadataErrorKind kind)
    {
        var version = await _other.CreateAsync(Key, Text("before"));
        foreach (var call in new[] { BlobCall.Read, BlobCall.Put, BlobCall.Replace, BlobCall.DeleteIfMatch, BlobCall.List })
            _faulty.Faults.Plan(call, fault);

        (await FailAsync(async () => await _store.GetAsync(Key))).Kind.ShouldBe(kind);
        (await FailAsync(async () => await _store.CreateAsync(new MetadataKey("nodes/b"), Text("x")))).Kind.ShouldBe(kind);
        (await FailAsync(async () => await _store.ReplaceAsync(Key, Text("x"), version))).Kind.ShouldBe(kind);
        (await FailAsync(async () => await _store.DeleteAsync(Key, version))).Kind.ShouldBe(kind);
        (await FailAsync(async () => await _store.ListAsync("nodes/").GetAsyncEnumerator().MoveNextAsync())).Kind.ShouldBe(kind);

        (await _other.GetAsync(Key))!.Version.ShouldBe(version);
        (await _other.GetAsync(new MetadataKey("nodes/b"))).ShouldBeNull();
    }

    [Fact]
    public async Task How_long_the_store_asks_to_be_left_alone_is_passed_on()
    {
        _faulty.Faults.Plan(BlobCall.Read, BlobFault.Throttled);
        (await FailAsync(async () => await _store.GetAsync(Key))).RetryAfter.ShouldBe(_faulty.RetryAfter);
    }

    [Theory]
    [InlineData(BlobFault.UnavailableAfterwards)]
    [InlineData(BlobFault.ExistsAfterwards)]
    public async Task A_creation_that_happened_is_found_by_its_nonce_whatever_the_answer_was(BlobFault fault)
    {
        _faulty.Faults.Plan(BlobCall.Put, fault);
        var version = await _store.CreateAsync(Key, Text("mine"));

        (await _other.GetAsync(Key))!.Version.ShouldBe(version);
        await _other.ReplaceAsync(Key, Text("next"), version);
    }

    [Theory]
    [InlineData(BlobFault.UnavailableAfterwards)]
    [InlineData(BlobFault.ConditionFailedAfterwards)]
    public async Task A_replacement_that_happened_is_found_by_its_nonce_whatever_the_answer_was(BlobFault fault)
    {
        var before = await _other.CreateAsync(Key, Text("before"));
        _faulty.Faults.Plan(BlobCall.Replace, fault);
        var version = await _store.ReplaceAsync(Key, Text("mine"), before);

        (await _other.GetAsync(Key))!.Version.ShouldBe(version);
        (await TextAsync()).ShouldBe("mine");
    }

    [Fact]
    public async Task A_change_that_was_lost_before_it_happened_is_made_once_more()
    {
        foreach (var call in new[] { BlobCall.Put, BlobCall.Replace, BlobCall.DeleteIfMatch })
            _faulty.Faults.Plan(call, BlobFault.Unavailable);

        var version = await PassAsync(_store.CreateAsync(Key, Text("1")).AsTask(), 1);
        (await TextAsync()).ShouldBe("1");
        version = await PassAsync(_store.ReplaceAsync(Key, Text("2"), version).AsTask(), 1);
        (await TextAsync()).ShouldBe("2");
        await PassAsync(DeletedAsync(version), 1);
        (await TextAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Another_that_replaced_the_same_version_proves_that_the_lost_change_did_not_happen()
    {
        var before = await _other.CreateAsync(Key, Text("before"));
        _faulty.Faults.Plan(BlobCall.Replace, BlobFault.Unavailable);
        _faulty.BeforeCall = async (call, _) =>
        {
            if (call == BlobCall.Read)
                await _other.ReplaceAsync(Key, Text("other"), before);
        };

        (await FailAsync(async () => await _store.ReplaceAsync(Key, Text("mine"), before))).Kind.ShouldBe(MetadataErrorKind.Conflict);
        (await TextAsync()).ShouldBe("other");
    }

    [Theory]
    [InlineData(BlobFault.Unavailable)]
    [InlineData(BlobFault.UnavailableAfterwards)]
    public async Task What_others_have_changed_since_leaves_a_lost_change_unknown(BlobFault fault)
    {
        var before = await _other.CreateAsync(Key, Text("before"));
        _faulty.Faults.Plan(BlobCall.Replace, fault);
        _faulty.BeforeCall = async (call, _) =>
        {
            for (var i = 0; call == BlobCall.Read && i < 2; i++)
                await _other.ReplaceAsync(Key, Text($"other {i}"), (await _other.GetAsync(Key))!.Version);
        };

        (await FailAsync(async () => await _store.ReplaceAsync(Key, Text("mine"), before))).Kind.ShouldBe(MetadataErrorKind.OutcomeUnknown);
        (await TextAsync()).ShouldBe("other 1");
    }

    [Fact]
    public async Task A_deletion_whose_answer_was_lost_cannot_be_told_from_anothers()
    {
        var version = await _other.CreateAsync(Key, Text("before"));
        _faulty.Faults.Plan(BlobCall.DeleteIfMatch, BlobFault.UnavailableAfterwards);

        (await FailAsync(() => PassAsync(DeletedAsync(version), 1))).Kind.ShouldBe(MetadataErrorKind.OutcomeUnknown);
        (await TextAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task An_answer_that_stays_away_ends_as_an_unknown_outcome_and_not_in_waiting_for_ever()
    {
        _faulty.Faults.PlanAlways(BlobCall.Put, BlobFault.Unavailable);
        _faulty.Faults.PlanAlways(BlobCall.Read, BlobFault.Unavailable);

        (await FailAsync(() => PassAsync(_store.CreateAsync(Key, Text("x")).AsTask(), 5))).Kind.ShouldBe(MetadataErrorKind.OutcomeUnknown);
    }

    [Fact]
    public async Task A_bit_that_is_flipped_on_the_way_is_noticed_and_read_again()
    {
        await _other.CreateAsync(Key, Text("whole"));
        _faulty.Faults.Plan(BlobCall.Read, BlobFault.FlippedDownload);
        Encoding.UTF8.GetString((await _store.GetAsync(Key))!.Value.Span).ShouldBe("whole");

        _faulty.Faults.Plan(BlobCall.Read, BlobFault.TruncatedDownload);
        Encoding.UTF8.GetString((await _store.GetAsync(Key))!.Value.Span).ShouldBe("whole");
    }

    [Theory]
    [InlineData(BlobFault.FlippedUpload)]
    [InlineData(BlobFault.TruncatedUpload)]
    public async Task A_damaged_value_is_never_used_nor_taken_for_absent_and_can_be_replaced_on_purpose(BlobFault fault)
    {
        _faulty.Faults.Plan(BlobCall.Put, fault);
        await _store.CreateAsync(Key, Text("damaged"));

        var error = await FailAsync(async () => await _other.GetAsync(Key));
        error.Kind.ShouldBe(MetadataErrorKind.Damaged);
        (await FailAsync(async () => await _other.ListAsync("nodes/").GetAsyncEnumerator().MoveNextAsync())).Kind.ShouldBe(MetadataErrorKind.Damaged);
        (await FailAsync(async () => await _other.WatchAsync("nodes/").GetAsyncEnumerator().MoveNextAsync())).Kind.ShouldBe(MetadataErrorKind.Damaged);

        await _other.ReplaceAsync(Key, Text("mended"), error.DamagedVersion.ShouldNotBeNull());
        (await TextAsync()).ShouldBe("mended");
    }

    [Fact]
    public async Task A_value_that_lies_where_another_belongs_is_damaged()
    {
        await _other.CreateAsync(Key, Text("a"));
        var names = new MetadataNames("test");
        var bytes = new byte[1_000];
        var read = await _blobs.ReadAsync(names.Of(Key), 0, bytes);
        await _blobs.PutIfAbsentAsync(names.Of(new MetadataKey("nodes/b")), new ReadOnlySequence<byte>(bytes, 0, read.Count));

        (await FailAsync(async () => await _store.GetAsync(new MetadataKey("nodes/b")))).Kind.ShouldBe(MetadataErrorKind.Damaged);
    }

    [Fact]
    public async Task A_blob_that_is_too_long_for_a_value_is_damaged()
    {
        await _blobs.PutIfAbsentAsync(new MetadataNames("test").Of(Key), new ReadOnlySequence<byte>(new byte[MetadataFrame.MaxLength + 1]));
        (await FailAsync(async () => await _store.GetAsync(Key))).Kind.ShouldBe(MetadataErrorKind.Damaged);
    }

    [Fact]
    public async Task Clusters_that_share_a_store_see_nothing_of_each_other()
    {
        var another = new BlobMetadataStore(_blobs, new BlobMetadataStoreOptions { Cluster = "Test" });
        await _store.CreateAsync(Key, Text("test"));
        await another.CreateAsync(Key, Text("Test"));

        (await TextAsync()).ShouldBe("test");
        await foreach (var entry in another.ListAsync("nodes/"))
            Encoding.UTF8.GetString(entry.Value.Span).ShouldBe("Test");
    }

    [Fact]
    public async Task A_watcher_outlives_an_outage_and_waits_longer_while_nothing_happens()
    {
        await using var watch = _store.WatchAsync("nodes/").GetAsyncEnumerator();
        var next = watch.MoveNextAsync().AsTask();
        await _clock.TimerArmedAsync(TimeSpan.FromSeconds(1));
        _faulty.GoDown(Timeout.InfiniteTimeSpan);
        foreach (var (pause, following) in new[] { (1, 2), (2, 4), (4, 5), (5, 5) })
        {
            _clock.Advance(TimeSpan.FromSeconds(pause));
            await _clock.TimerArmedAsync(TimeSpan.FromSeconds(following));
        }

        await _other.CreateAsync(Key, Text("new"));
        _faulty.GoDown(TimeSpan.Zero);
        _clock.Advance(TimeSpan.FromSeconds(5));
        (await next).ShouldBeTrue();
        watch.Current.Key.ShouldBe(Key);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Whatever_fails_no_step_is_counted_twice_and_none_that_was_acknowledged_is_lost(int seed)
    {
        var faulty = new FaultyBlobStore(_blobs, _clock, seed);
        faulty.Faults.PlanRandomly(
            0.3, BlobFault.Throttled, BlobFault.Unavailable, BlobFault.UnavailableAfterwards, BlobFault.FlippedDownload, BlobFault.TruncatedDownload);
        await _other.CreateAsync(Key, Text("0"));
        var writers = Enumerable.Range(0, 3).Select(_ => CountAsync(Over(faulty), 100)).ToArray();
        var all = Task.WhenAll(writers);
        while (!all.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromSeconds(10));
            await Task.Yield();
        }

        var counts = await all;
        var counted = int.Parse((await TextAsync())!, CultureInfo.InvariantCulture);
        counted.ShouldBeInRange(counts.Sum(count => count.Done), counts.Sum(count => count.Done + count.Unknown));
        counts.Sum(count => count.Done).ShouldBeGreaterThan(100);
    }

    private static async Task<(int Done, int Unknown)> CountAsync(BlobMetadataStore store, int tries)
    {
        var (done, unknown) = (0, 0);
        for (var i = 0; i < tries; i++)
        {
            await Task.Yield();
            try
            {
                var present = (await store.GetAsync(Key))!;
                var next = int.Parse(Encoding.UTF8.GetString(present.Value.Span), CultureInfo.InvariantCulture) + 1;
                await store.ReplaceAsync(Key, Text($"{next}"), present.Version);
                done++;
            }
            catch (MetadataStoreException error)
            {
                unknown += error.Kind == MetadataErrorKind.OutcomeUnknown ? 1 : 0;
            }
        }

        return (done, unknown);
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static Task<MetadataStoreException> FailAsync(Func<Task> call) => Should.ThrowAsync<MetadataStoreException>(call);

    private async Task<bool> DeletedAsync(MetadataVersion version)
    {
        await _store.DeleteAsync(Key, version);
        return true;
    }

    private async Task<string?> TextAsync() => await _other.GetAsync(Key) is { } entry ? Encoding.UTF8.GetString(entry.Value.Span) : null;

    /// <summary>Lets the pauses between attempts pass.</summary>
    private async Task<T> PassAsync<T>(Task<T> call, int pauses)
    {
        for (var i = 0; i < pauses; i++)
        {
            var pause = TimeSpan.FromMilliseconds(100 << i);
            if (await Task.WhenAny(call, _clock.TimerArmedAsync(pause)) == call)
                break;

            _clock.Advance(pause);
        }

        return await call;
    }

    private BlobMetadataStore Over(IBlobStore blobs) => new(blobs, new BlobMetadataStoreOptions { Cluster = "test", Time = _clock });
}
