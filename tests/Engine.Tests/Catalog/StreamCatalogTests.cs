using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Catalog;

public sealed class StreamCatalogTests
{
    private readonly CatalogBench _bench = new();

    [Fact]
    public async Task A_stream_is_created_once_with_defaults()
    {
        var (stream, created) = await _bench.Ensure("a");
        var (same, again) = await _bench.Ensure("a");

        (created, again).ShouldBe((true, false));
        same.ShouldBeSameAs(stream);
        stream.Entry.Config.ShouldBe(StreamConfig.Default);
        stream.Entry.ConfigVersion.ShouldBe(1);
        _bench.Wal.Entries.Select(entry => entry.Entry.Type).ShouldBe([WalEntryType.Term, WalEntryType.StreamCreated]);
    }

    [Fact]
    public async Task Nobody_is_told_of_a_stream_before_it_is_durable()
    {
        await _bench.Ensure("first");
        _bench.Wal.SettlesAtOnce = false;

        var ensure = _bench.Ensure("a");
        var ensureAgain = _bench.Ensure("a");
        var find = _bench.Catalog.FindAsync(StreamName.Parse("a"));
        var list = _bench.Names();
        var refused = _bench.Ensure("a", condition: new EnsureCondition(MustBeNew: true));

        (ensure.IsCompleted, ensureAgain.IsCompleted, find.IsCompleted, list.IsCompleted, refused.IsCompleted)
            .ShouldBe((false, false, false, false, false));
        _bench.Wal.Settle();
        (await ensure).Created.ShouldBeTrue();
        (await ensureAgain).Created.ShouldBeFalse();
        (await find).ShouldNotBeNull();
        (await list).ShouldBe(["a", "first"]);
        (await Should.ThrowAsync<LogException>(refused.AsTask())).Code.ShouldBe(LogErrorCode.StreamExists);
    }

    [Fact]
    public async Task Nobody_is_told_of_an_absence_before_it_is_durable()
    {
        await _bench.Ensure("a");
        _bench.Wal.SettlesAtOnce = false;

        var delete = _bench.Delete("a");
        var deleteAgain = _bench.Delete("a");
        var find = _bench.Catalog.FindAsync(StreamName.Parse("a"));

        (delete.IsCompleted, deleteAgain.IsCompleted, find.IsCompleted).ShouldBe((false, false, false));
        _bench.Wal.Settle();
        ((await delete), (await deleteAgain), (await find)).ShouldBe((true, false, null));
    }

    [Fact]
    public async Task Many_callers_at_once_make_one_stream()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(async () => await _bench.Ensure("a"))));

        results.Count(result => result.Created).ShouldBe(1);
        results.Select(result => result.Stream.Id).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task A_change_of_configuration_raises_its_version_and_none_does_not()
    {
        await _bench.Ensure("a");
        var patch = new StreamConfigPatch { MaxRecordBytes = 100 };

        (await _bench.Ensure("a", patch)).Stream.Entry.ConfigVersion.ShouldBe(2);
        (await _bench.Ensure("a", patch)).Stream.Entry.ConfigVersion.ShouldBe(2);
        (await _bench.Ensure("a")).Stream.Pipeline.Config.MaxRecordBytes.ShouldBe(100);
    }

    [Fact]
    public async Task A_configuration_is_in_force_once_it_is_durable()
    {
        var (stream, _) = await _bench.Ensure("a");
        _bench.Wal.SettlesAtOnce = false;

        var change = _bench.Ensure("a", new StreamConfigPatch { MaxRecordBytes = 100 });

        stream.Pipeline.Config.MaxRecordBytes.ShouldBe(Limits.RecordBytes);
        _bench.Wal.Settle();
        await change;
        stream.Pipeline.Config.MaxRecordBytes.ShouldBe(100);
    }

    [Theory]
    [InlineData("there", true, false, null, LogErrorCode.StreamExists)]
    [InlineData("absent", false, true, null, LogErrorCode.StreamNotFound)]
    [InlineData("absent", false, false, 1L, LogErrorCode.StreamNotFound)]
    [InlineData("there", false, false, 2L, LogErrorCode.ConfigMismatch)]
    public async Task A_condition_that_does_not_hold_is_refused_without_effect(
        string name, bool mustBeNew, bool mustExist, long? version, LogErrorCode code)
    {
        await _bench.Ensure("there");
        var entries = _bench.Wal.Entries.Count;

        var error = await Should.ThrowAsync<LogException>(
            async () => await _bench.Ensure(name, new StreamConfigPatch { MaxRecordBytes = 5 }, new EnsureCondition(mustBeNew, mustExist, version)));

        error.Code.ShouldBe(code);
        error.Facts.ConfigVersion.ShouldBe(code == LogErrorCode.ConfigMismatch ? 1 : null);
        _bench.Wal.Entries.Count.ShouldBe(entries);
    }

    [Fact]
    public async Task A_configuration_that_is_not_valid_is_refused_without_effect()
    {
        var error = await Should.ThrowAsync<LogException>(async () => await _bench.Ensure("a", new StreamConfigPatch { MaxRecordBytes = 0 }));

        error.Code.ShouldBe(LogErrorCode.BadRequest);
        (await _bench.Names()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Half_a_character_in_a_label_is_refused()
    {
        var patch = new StreamConfigPatch { Labels = new Dictionary<string, string?> { ["a"] = "x\uD83D" } };

        (await Should.ThrowAsync<LogException>(async () => await _bench.Ensure("a", patch))).Code.ShouldBe(LogErrorCode.BadRequest);
    }

    [Fact]
    public async Task A_deleted_name_is_free_and_the_next_stream_is_another()
    {
        var (first, _) = await _bench.Ensure("a");
        (await _bench.Delete("a")).ShouldBeTrue();
        (await _bench.Delete("a")).ShouldBeFalse();
        var (second, created) = await _bench.Ensure("a");

        created.ShouldBeTrue();
        second.Id.ShouldNotBe(first.Id);
        (await Should.ThrowAsync<LogException>(async () => await first.DescribeAsync(CancellationToken.None))).Code.ShouldBe(LogErrorCode.StreamNotFound);
        (await second.DescribeAsync(CancellationToken.None)).Tail.ShouldBe(0);
    }

    [Fact]
    public async Task Listing_is_ordinal_and_pages_by_prefix()
    {
        foreach (var name in (string[])["b", "a:2", "A", "a:10", "a", "a:1", "c"])
            await _bench.Ensure(name);

        (await _bench.Names()).ShouldBe(["A", "a", "a:1", "a:10", "a:2", "b", "c"]);
        (await _bench.Names("a:")).ShouldBe(["a:1", "a:10", "a:2"]);
        (await _bench.Names("a:", after: "a:1")).ShouldBe(["a:10", "a:2"]);
        (await _bench.Names("a:", after: "a:100")).ShouldBe(["a:2"]);
        (await _bench.Names("a:", after: "z")).ShouldBeEmpty();
        (await _bench.Names("b", after: "a")).ShouldBe(["b"]);
        (await _bench.Names("", limit: 2)).ShouldBe(["A", "a", "a:1"], "one more than asked for says that there are more");
    }

    [Fact]
    public async Task A_capture_holds_no_change_that_stands_behind_it()
    {
        await _bench.Ensure("a");
        var (state, streams) = _bench.Catalog.Capture();
        await _bench.Ensure("a", new StreamConfigPatch { MaxRecordBytes = 100 });
        await _bench.Ensure("b");

        state.LastEntry.ShouldBe(2);
        streams.Single().Entry.ConfigVersion.ShouldBe(1);
    }

    [Fact]
    public async Task A_full_disk_refuses_creation_and_leaves_no_trace()
    {
        await _bench.Ensure("a");
        _bench.Wal.Admission = WalAdmission.Full;

        (await Should.ThrowAsync<LogException>(async () => await _bench.Ensure("b"))).Code.ShouldBe(LogErrorCode.ReadOnlyDiskFull);
        (await _bench.Ensure("a")).Created.ShouldBeFalse();
        _bench.Wal.Admission = WalAdmission.Admitted;
        (await _bench.Names()).ShouldBe(["a"]);
    }

    [Fact]
    public async Task When_the_wal_fails_the_outcome_is_unknown_and_reading_says_that_the_node_is_gone()
    {
        await _bench.Ensure("a");
        _bench.Wal.SettlesAtOnce = false;
        var ensure = _bench.Ensure("b");
        var list = _bench.Names();

        _bench.Wal.Fail();

        (await Should.ThrowAsync<LogException>(ensure.AsTask())).Code.ShouldBe(LogErrorCode.OutcomeUnknown);
        (await Should.ThrowAsync<LogException>(list)).Code.ShouldBe(LogErrorCode.Draining);
        (await Should.ThrowAsync<LogException>(async () => await _bench.Ensure("c"))).SideEffects.ShouldBe(SideEffects.None);
    }
}
