using Orleans.Log.Engine.Catalog;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Catalog;

public sealed class CatalogRecoveryTests
{
    private readonly CatalogBench _bench = new();

    [Fact]
    public async Task The_journal_gives_everything_back()
    {
        await _bench.Ensure("a");
        await _bench.Ensure("b", new StreamConfigPatch { MaxRecordBytes = 7 });
        await _bench.Delete("a");
        await _bench.Ensure("c");
        await _bench.Ensure("c", new StreamConfigPatch { MaxRecordBytes = 9 });
        await _bench.Ensure("a");

        var next = _bench.Recovered();

        next.Catalog.Damage.ShouldBeNull();
        (await next.Names()).ShouldBe(["a", "b", "c"]);
        foreach (var stream in _bench.Catalog.Streams)
            (await next.Catalog.FindAsync(stream.Name))!.Entry.ShouldBe(stream.Entry);

        (await next.Catalog.FindAsync(StreamName.Parse("c")))!.Pipeline.Config.MaxRecordBytes.ShouldBe(9);
    }

    [Fact]
    public async Task The_next_change_comes_with_the_next_entry_in_a_higher_term()
    {
        await _bench.Ensure("a");
        var next = _bench.Recovered();

        await next.Ensure("b");

        next.Wal.Entries.Select(entry => (entry.Entry.Type, entry.Entry.Entry, entry.Entry.Term))
            .ShouldBe([(WalEntryType.Term, 3L, 2L), (WalEntryType.StreamCreated, 4L, 2L)]);
    }

    [Fact]
    public async Task Entries_below_the_as_of_are_not_applied_again()
    {
        await _bench.Ensure("a");
        await _bench.Delete("a");
        var (state, streams) = _bench.Catalog.Capture();
        await _bench.Ensure("b");

        var next = new CatalogBench();
        next.Catalog.Restore(state);
        streams.ShouldBeEmpty();
        foreach (var (position, entry, body) in _bench.Wal.Entries)
            next.Catalog.Replay(position, entry, body);

        next.Catalog.CompleteRecovery();
        next.Catalog.Damage.ShouldBeNull();
        (await next.Names()).ShouldBe(["b"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_lost_entry_ends_changes_and_leaves_the_rest_in_use(int lost)
    {
        await _bench.Ensure("a");
        await _bench.Ensure("b");
        await _bench.Ensure("c");

        var next = _bench.Recovered(lost);

        next.Catalog.Damage.ShouldNotBeNull();
        (await next.Names()).Length.ShouldBe(2);
        (await next.Ensure("c")).Created.ShouldBeFalse();
        (await Should.ThrowAsync<LogException>(async () => await next.Ensure("d"))).Code.ShouldBe(LogErrorCode.Corrupt);
        (await Should.ThrowAsync<LogException>(async () => await next.Delete("c"))).Code.ShouldBe(LogErrorCode.Corrupt);
        next.Catalog.Capture().State.Suspect.ShouldBeTrue("a checkpoint must not make the loss forgotten");
    }

    [Fact]
    public async Task A_name_created_twice_means_that_a_deletion_is_lost()
    {
        await _bench.Ensure("a");
        await _bench.Delete("a");
        var (second, _) = await _bench.Ensure("a");

        var next = _bench.Recovered(2);

        next.Catalog.Damage.ShouldNotBeNull();
        (await next.Catalog.FindAsync(StreamName.Parse("a")))!.Id.ShouldBe(second.Id);
    }

    [Fact]
    public void A_body_that_makes_no_sense_is_damage()
    {
        _bench.Catalog.Replay(
            new WalPosition(1, 4096),
            new WalEntry(WalEntryType.StreamCreated, WalEntryFlags.None, CatalogEntry.CatalogStream, 1, 0, 0, 0, 1, 0),
            [1, 2, 3]);

        _bench.Catalog.Damage.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_hundred_thousand_streams_are_listed_in_pages_and_found()
    {
        const int Count = 100_000;
        for (var i = 0; i < Count; i++)
            _bench.Catalog.Restore(new CatalogEntry(StreamName.Parse($"s{(i * 7919) % Count:d6}"), new StreamId((UInt128)(i + 1)), StreamConfig.Default, 1, 0));

        _bench.Catalog.CompleteRecovery();

        var (after, seen) = (string.Empty, 0);
        while (await _bench.Names("", after, Limits.ListPage) is { Length: > 0 } page)
        {
            var names = page.Take(Limits.ListPage).ToArray();
            names.ShouldBe(names.Order(StringComparer.Ordinal));
            (after, seen) = (names[^1], seen + names.Length);
        }

        seen.ShouldBe(Count);
        (await _bench.Catalog.FindAsync(StreamName.Parse("s050000"))).ShouldNotBeNull();
    }
}
