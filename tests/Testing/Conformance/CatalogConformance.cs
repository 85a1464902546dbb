using System.Collections.Immutable;

namespace Orleans.Log.Testing.Conformance;

/// <summary>Streams as things: ensure, configure, list, delete, open.</summary>
public abstract class CatalogConformance<TFactory> : LogServiceConformance<TFactory>
    where TFactory : ILogServiceFactory, new()
{
    private static readonly StreamName Orders = StreamName.Parse("orders");

    [Fact]
    public async Task A_new_stream_has_the_defaults_and_what_was_asked_for()
    {
        var result = await Log.EnsureAsync(
            Orders,
            new StreamConfigPatch { MaxRecordBytes = 100, Labels = new Dictionary<string, string?> { ["team"] = "a" } },
            EnsureCondition.None,
            None);
        result.Created.ShouldBeTrue();
        var stream = result.Stream;
        stream.Name.ShouldBe(Orders);
        stream.Config.ShouldBe(StreamConfig.Default with { MaxRecordBytes = 100, Labels = ImmutableSortedDictionary<string, string>.Empty.Add("team", "a") });
        stream.ConfigVersion.ShouldBe(1);
        (stream.Head, stream.Tail, stream.Sealed, stream.Fenced, stream.LastTimestamp).ShouldBe((0L, 0L, false, false, null));
        stream.CreatedAt.ShouldBe(Time.GetUtcNow());
    }

    [Fact]
    public async Task Ensuring_again_changes_nothing()
    {
        var first = await Log.EnsureAsync(Orders, new StreamConfigPatch { MaxRecordBytes = 100 }, EnsureCondition.None, None);
        var again = await Log.EnsureAsync(Orders, new StreamConfigPatch { MaxRecordBytes = 100 }, EnsureCondition.None, None);
        again.Created.ShouldBeFalse();
        again.Stream.Id.ShouldBe(first.Stream.Id);
        again.Stream.ConfigVersion.ShouldBe(1);
    }

    [Fact]
    public async Task A_change_raises_the_version_and_keeps_what_it_does_not_name()
    {
        await Log.EnsureAsync(Orders, new StreamConfigPatch { MaxRecordBytes = 100 }, EnsureCondition.None, None);
        var changed = (await Log.EnsureAsync(Orders, new StreamConfigPatch { ProducerExpiry = TimeSpan.FromHours(1) }, EnsureCondition.None, None)).Stream;
        changed.Config.MaxRecordBytes.ShouldBe(100);
        changed.Config.ProducerExpiry.ShouldBe(TimeSpan.FromHours(1));
        changed.ConfigVersion.ShouldBe(2);
        (await (await Log.OpenAsync(Orders, None)).DescribeAsync(None)).Config.ShouldBe(changed.Config);
    }

    [Fact]
    public async Task Labels_are_set_and_removed_one_by_one()
    {
        await Log.EnsureAsync(Orders, new StreamConfigPatch { Labels = new Dictionary<string, string?> { ["a"] = "1", ["b"] = "2" } }, EnsureCondition.None, None);
        var patch = new StreamConfigPatch { Labels = new Dictionary<string, string?> { ["a"] = null, ["c"] = "3" } };
        var changed = (await Log.EnsureAsync(Orders, patch, EnsureCondition.None, None)).Stream;
        changed.Config.Labels.ShouldBe(new Dictionary<string, string> { ["b"] = "2", ["c"] = "3" });
    }

    [Fact]
    public async Task Retention_is_set_kept_and_lifted_bound_by_bound()
    {
        var patch = new StreamConfigPatch { RetentionAge = TimeSpan.FromDays(7), RetentionBytes = 1_000_000, RetentionRecords = 500 };
        await Log.EnsureAsync(Orders, patch, EnsureCondition.None, None);
        patch = new StreamConfigPatch { RetentionBytes = BoundChange.Lift<long>(), RetentionRecords = 600 };
        var changed = (await Log.EnsureAsync(Orders, patch, EnsureCondition.None, None)).Stream;
        changed.Config.ShouldBe(StreamConfig.Default with { RetentionAge = TimeSpan.FromDays(7), RetentionRecords = 600 });
        changed.ConfigVersion.ShouldBe(2);
        (await (await Log.OpenAsync(Orders, None)).DescribeAsync(None)).Config.ShouldBe(changed.Config);

        patch = new StreamConfigPatch { RetentionAge = BoundChange.Lift<TimeSpan>(), RetentionRecords = BoundChange.To<long>(null) };
        (await Log.EnsureAsync(Orders, patch, EnsureCondition.None, None)).Stream.Config.ShouldBe(StreamConfig.Default);
    }

    [Fact]
    public async Task Retention_out_of_range_is_refused()
    {
        foreach (var patch in new StreamConfigPatch[]
        {
            new() { RetentionAge = TimeSpan.FromSeconds(59) },
            new() { RetentionAge = Limits.RetentionAgeMax + TimeSpan.FromTicks(1) },
            new() { RetentionBytes = 0 },
            new() { RetentionBytes = Limits.Position + 1 },
            new() { RetentionRecords = -1 },
            new() { RetentionRecords = 0 },
        })
        {
            await ShouldFailAsync(LogErrorCode.BadRequest, () => Log.EnsureAsync(Orders, patch, EnsureCondition.None, None));
        }
    }

    [Fact]
    public async Task Conditions_of_ensure_hold()
    {
        var patch = new StreamConfigPatch();
        await ShouldFailAsync(LogErrorCode.StreamNotFound, () => Log.EnsureAsync(Orders, patch, new EnsureCondition(MustExist: true), None));
        await ShouldFailAsync(LogErrorCode.StreamNotFound, () => Log.EnsureAsync(Orders, patch, new EnsureCondition(ConfigVersion: 1), None));
        (await Log.EnsureAsync(Orders, patch, new EnsureCondition(MustBeNew: true), None)).Created.ShouldBeTrue();
        await ShouldFailAsync(LogErrorCode.StreamExists, () => Log.EnsureAsync(Orders, patch, new EnsureCondition(MustBeNew: true), None));
        (await Log.EnsureAsync(Orders, patch, new EnsureCondition(MustExist: true), None)).Created.ShouldBeFalse();

        var facts = await ShouldFailAsync(LogErrorCode.ConfigMismatch, () => Log.EnsureAsync(Orders, patch, new EnsureCondition(ConfigVersion: 9), None));
        facts.ConfigVersion.ShouldBe(1);
    }

    [Fact]
    public async Task A_bad_configuration_is_refused_and_changes_nothing()
    {
        await ShouldFailAsync(LogErrorCode.BadRequest, () => Log.EnsureAsync(Orders, new StreamConfigPatch { MaxRecordBytes = 0 }, EnsureCondition.None, None));
        await ShouldFailAsync(LogErrorCode.StreamNotFound, () => Log.OpenAsync(Orders, None));
    }

    [Fact]
    public async Task Listing_goes_by_prefix_in_ordinal_order_page_by_page()
    {
        foreach (var name in new[] { "b", "a:2", "a:1", "A", "a:10", "a" })
            await Log.EnsureAsync(StreamName.Parse(name), new StreamConfigPatch(), EnsureCondition.None, None);

        var all = await Log.ListAsync(string.Empty, string.Empty, 100, None);
        all.Streams.Select(stream => stream.Name.Value).ShouldBe(["A", "a", "a:1", "a:10", "a:2", "b"]);
        all.NextAfter.ShouldBeNull();

        var first = await Log.ListAsync("a:", string.Empty, 2, None);
        first.Streams.Select(stream => stream.Name.Value).ShouldBe(["a:1", "a:10"]);
        first.NextAfter.ShouldBe(StreamName.Parse("a:10"));
        var second = await Log.ListAsync("a:", first.NextAfter!.Value.Value, 2, None);
        second.Streams.Select(stream => stream.Name.Value).ShouldBe(["a:2"]);
        second.NextAfter.ShouldBeNull();
    }

    [Fact]
    public async Task A_listing_of_no_or_too_many_is_refused()
    {
        await ShouldFailAsync(LogErrorCode.BadRequest, () => Log.ListAsync(string.Empty, string.Empty, 0, None));
        await ShouldFailAsync(LogErrorCode.BadRequest, () => Log.ListAsync(string.Empty, string.Empty, Limits.ListPage + 1, None));
    }

    [Fact]
    public async Task A_deleted_stream_is_gone_and_its_name_free_for_another()
    {
        var old = await CreateWithAsync("orders", "x");
        (await Log.DeleteAsync(Orders, None)).ShouldBeTrue();
        (await Log.DeleteAsync(Orders, None)).ShouldBeFalse();
        await ShouldFailAsync(LogErrorCode.StreamNotFound, () => Log.OpenAsync(Orders, None));
        (await Log.ListAsync(string.Empty, string.Empty, 10, None)).Streams.ShouldBeEmpty();

        var anew = await CreateAsync("orders");
        anew.Id.ShouldNotBe(old.Id);
        (await anew.CheckTailAsync(None)).Tail.ShouldBe(0);
        await ShouldFailAsync(LogErrorCode.StreamNotFound, () => AppendAsync(old, "y"));
        await ShouldFailAsync(LogErrorCode.StreamNotFound, () => old.ReadAsync(ReadRequest.FromLsn(0), None));
        await ShouldFailAsync(LogErrorCode.StreamNotFound, () => old.CheckTailAsync(None));
        (await anew.CheckTailAsync(None)).Tail.ShouldBe(0);
    }

    [Fact]
    public async Task Streams_do_not_see_each_other()
    {
        var a = await CreateWithAsync("a", "1", "2");
        var b = await CreateWithAsync("b", "3");
        await AppendAsync(a, "4");
        (await ReadAsync(a, ReadRequest.FromLsn(0))).ShouldBe(["1", "2", "4"]);
        (await ReadAsync(b, ReadRequest.FromLsn(0))).ShouldBe(["3"]);
    }
}
