using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Reading;
using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Tests.Reading;

public sealed class SegmentReadingTests : IDisposable
{
    private readonly SegmentWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData(1, 2_000)]
    [InlineData(2, 50)]
    [InlineData(3, 100_000)]
    public async Task A_scan_gives_every_record_once_across_segments_of_all_sizes(int seed, int mostBytes)
    {
        var random = new Random(seed);
        for (var i = 0; i < 6; i++)
            await _world.PublishAsync(random, random.Next(1, mostBytes == 100_000 ? 60 : 600), mostBytes);

        using var reading = _world.Reading();
        for (long lsn = 0; lsn < _world.Tail;)
        {
            using var page = (await reading.ReadAsync(SegmentWorld.Stream, _world.From(lsn, random.Next(1, 400), random.Next(1, 1 << 20)), default)).Page!;
            _world.ShouldBeRecords(page, lsn);
            (page.Head, page.Tail, page.Offloaded).ShouldBe((0, _world.Tail, _world.Tail));
            lsn = page.Next;
        }
    }

    [Fact]
    public async Task Any_record_can_be_the_first()
    {
        for (var i = 0; i < 4; i++)
            await _world.PublishAsync(new Random(i), 200, 3_000);

        using var reading = _world.Reading();
        for (long lsn = 0; lsn < _world.Tail; lsn += 3)
        {
            using var page = (await reading.ReadAsync(SegmentWorld.Stream, _world.From(lsn, records: 2), default)).Page!;
            _world.ShouldBeRecords(page, lsn);
        }
    }

    [Fact]
    public async Task A_time_finds_the_first_record_that_is_not_older()
    {
        for (var i = 0; i < 5; i++)
            await _world.PublishAsync(new Random(i), 300, 1_500);

        using var reading = _world.Reading();
        for (var time = 0L; time <= _world.Records[^1].Timestamp; time += time == 0 ? 990 : 1)
        {
            using var page = (await reading.ReadAsync(SegmentWorld.Stream, _world.Since(time, records: 3), default)).Page!;
            _world.ShouldBeRecords(page, _world.Records.First(record => record.Timestamp >= time).Lsn);
        }

        var beyond = await reading.ReadAsync(SegmentWorld.Stream, _world.Since(_world.Records[^1].Timestamp + 1), default);
        (beyond.Page, beyond.Next).ShouldBe((null, _world.Tail));
    }

    [Fact]
    public async Task A_time_below_the_head_begins_at_the_head()
    {
        for (var i = 0; i < 3; i++)
            await _world.PublishAsync(new Random(i), 100, 100);

        using var reading = _world.Reading();
        foreach (var head in new[] { 1L, 99, 100, 150, 299 })
        {
            _world.Head = head;
            using var page = (await reading.ReadAsync(SegmentWorld.Stream, _world.Since(0), default)).Page!;
            _world.ShouldBeRecords(page, head);
        }
    }

    [Fact]
    public async Task A_page_ends_where_it_must_before_a_time_and_before_an_LSN()
    {
        await _world.PublishAsync(new Random(1), 300, 100);
        using var reading = _world.Reading();
        var until = _world.Records[120].Timestamp;
        using var page = (await reading.ReadAsync(SegmentWorld.Stream, _world.From(7) with { Until = until }, default)).Page!;
        page.Next.ShouldBe(_world.Records.First(record => record.Timestamp >= until).Lsn);

        using var short1 = (await reading.ReadAsync(SegmentWorld.Stream, _world.From(7) with { End = 60 }, default)).Page!;
        _world.ShouldBeRecords(short1, 7);
        short1.Next.ShouldBe(60);
    }

    [Fact]
    public async Task Hundreds_of_segments_are_found_through_index_sections()
    {
        for (var i = 0; i < 300; i++)
            await _world.PublishAsync(new Random(i), 3, 10);

        using var reading = _world.Reading();
        for (long lsn = 0; lsn < _world.Tail;)
        {
            using var page = (await reading.ReadAsync(SegmentWorld.Stream, _world.From(lsn, records: 100), default)).Page!;
            _world.ShouldBeRecords(page, lsn);
            lsn = page.Next;
        }

        using var old = (await reading.ReadAsync(SegmentWorld.Stream, _world.Since(_world.Records[10].Timestamp), default)).Page!;
        old.Records.Span[0].Timestamp.ShouldBe(_world.Records[10].Timestamp);
    }

    [Fact]
    public async Task Readers_go_on_when_more_is_published_and_what_their_map_named_is_swept()
    {
        using var reading = _world.Reading();
        var packs = new List<BlobName>();
        for (var i = 0; i < 100; i++)
        {
            await _world.PublishAsync(new Random(i), 3, 10);
            using var newest = (await reading.ReadAsync(SegmentWorld.Stream, _world.From(_world.Tail - 2), default)).Page!;
            _world.ShouldBeRecords(newest, _world.Tail - 2);
            packs.Add(_world.Root!.Snapshot.Blob.Pack);
        }

        // All packs that the root does not lead to any more.
        var named = new HashSet<BlobName> { _world.Root!.Snapshot.Blob.Pack };
        for (var section = (await _world.ReadSnapshotAsync(_world.Root, default)).Segments.Older; section is { } known;)
        {
            named.Add(known.Item.Blob.Pack);
            section = (await _world.ReadSectionAsync(known, SegmentWorld.Stream, default)).Older;
        }

        foreach (var pack in packs.Where(pack => !named.Contains(pack)))
            await _world.Store.DeleteAsync(pack);

        using var oldest = (await reading.ReadAsync(SegmentWorld.Stream, _world.From(0), default)).Page!;
        _world.ShouldBeRecords(oldest, 0);
    }

    [Fact]
    public async Task Records_between_segments_that_were_lost_are_said_to_be_missing_and_no_others()
    {
        await _world.PublishAsync(new Random(1), 20, 10);
        await _world.PublishAsync(new Random(2), 20, 10, gap: 5);
        using var reading = _world.Reading();

        using var before = (await reading.ReadAsync(SegmentWorld.Stream, _world.From(3), default)).Page!;
        _world.ShouldBeRecords(before, 3);
        before.Next.ShouldBe(20);
        for (var lsn = 20; lsn < 25; lsn++)
        {
            var error = await Should.ThrowAsync<LogException>(async () => await reading.ReadAsync(SegmentWorld.Stream, _world.From(lsn), default));
            (error.Code, error.Facts.Reason).ShouldBe((LogErrorCode.Corrupt, "missing"));
            error.Message.ShouldContain($"{lsn} to 24");
        }

        using var behind = (await reading.ReadAsync(SegmentWorld.Stream, _world.From(25), default)).Page!;
        _world.ShouldBeRecords(behind, 25);

        // By a time that a missing record may have had, one is led to what is missing; unless that was trimmed.
        var time = _world.Runs[1].FirstTimestamp;
        var led = await reading.ReadAsync(SegmentWorld.Stream, _world.Since(time), default);
        (led.Page, led.Next).ShouldBe((null, 20));
        _world.Head = 25;
        using var trimmed = (await reading.ReadAsync(SegmentWorld.Stream, _world.Since(time), default)).Page!;
        _world.ShouldBeRecords(trimmed, 25);
    }

    [Fact]
    public async Task A_damaged_block_makes_its_own_records_corrupt_and_no_others()
    {
        await _world.PublishAsync(new Random(1), 2_000, 1_000);
        var run = _world.Runs[0];
        var table = await TableAsync(run);
        var block = table.Blocks[3];
        _world.Store.OnRead = Flip(run.Offset + table.Length + block.Offset + 100);
        using var reading = _world.Reading();

        using var before = (await reading.ReadAsync(SegmentWorld.Stream, _world.From(0, records: 2_000), default)).Page!;
        _world.ShouldBeRecords(before, 0);
        before.Next.ShouldBe(block.First);
        var error = await Should.ThrowAsync<LogException>(async () => await reading.ReadAsync(SegmentWorld.Stream, _world.From(block.First), default));
        (error.Code, error.Facts.Reason).ShouldBe((LogErrorCode.Corrupt, "damaged"));
        error.Message.ShouldContain($"{block.First} to {table.EndOf(3) - 1}");
        using var behind = (await reading.ReadAsync(SegmentWorld.Stream, _world.From(table.EndOf(3)), default)).Page!;
        _world.ShouldBeRecords(behind, table.EndOf(3));

        // Nothing of the damage is kept: when the store was mended, all is well.
        _world.Store.OnRead = null;
        using var mended = (await reading.ReadAsync(SegmentWorld.Stream, _world.From(block.First), default)).Page!;
        _world.ShouldBeRecords(mended, block.First);
    }

    [Fact]
    public async Task A_damaged_table_makes_its_run_corrupt_and_no_other()
    {
        for (var i = 0; i < 3; i++)
            await _world.PublishAsync(new Random(i), 50, 100);

        var run = _world.Runs[1];
        var flip = Flip(run.Offset + 20);
        _world.Store.OnRead = (name, offset, bytes) =>
        {
            if (name == run.Blob.Segment.Value)
                flip(name, offset, bytes);
        };
        using var reading = _world.Reading();
        using var before = (await reading.ReadAsync(SegmentWorld.Stream, _world.From(0), default)).Page!;
        before.Next.ShouldBe(50);
        (await Should.ThrowAsync<LogException>(async () => await reading.ReadAsync(SegmentWorld.Stream, _world.From(60), default))).Code.ShouldBe(LogErrorCode.Corrupt);
        using var behind = (await reading.ReadAsync(SegmentWorld.Stream, _world.From(100), default)).Page!;
        _world.ShouldBeRecords(behind, 100);
    }

    [Fact]
    public async Task What_was_damaged_on_its_way_is_fetched_again()
    {
        await _world.PublishAsync(new Random(1), 2_000, 1_000);
        var seen = new HashSet<(string, long)>();
        _world.Store.OnRead = (name, offset, bytes) =>
        {
            if (name.StartsWith("segments/", StringComparison.Ordinal) && seen.Add((name, offset)))
                bytes.Span[bytes.Length / 2] ^= 4;
        };
        using var reading = _world.Reading();
        for (long lsn = 0; lsn < _world.Tail;)
        {
            using var page = (await reading.ReadAsync(SegmentWorld.Stream, _world.From(lsn), default)).Page!;
            _world.ShouldBeRecords(page, lsn);
            lsn = page.Next;
        }

        seen.Count.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_segment_that_is_gone_or_cut_short_is_corrupt()
    {
        await _world.PublishAsync(new Random(1), 50, 100);
        var name = _world.Runs[0].Blob.Segment;
        using var reading = _world.Reading();
        await _world.Store.DeleteAsync(name);
        var error = await Should.ThrowAsync<LogException>(async () => await reading.ReadAsync(SegmentWorld.Stream, _world.From(0), default));
        (error.Code, error.Facts.Reason).ShouldBe((LogErrorCode.Corrupt, "missing"));

        await _world.Store.PutIfAbsentAsync(name, new(new byte[80]));
        error = await Should.ThrowAsync<LogException>(async () => await reading.ReadAsync(SegmentWorld.Stream, _world.From(0), default));
        (error.Code, error.Facts.Reason).ShouldBe((LogErrorCode.Corrupt, "damaged"));
    }

    [Theory]
    [InlineData(BlobStoreErrorKind.Unavailable)]
    [InlineData(BlobStoreErrorKind.Throttled)]
    [InlineData(BlobStoreErrorKind.Refused)]
    public async Task A_store_that_is_away_is_said_to_be_away_until_it_is_back(BlobStoreErrorKind kind)
    {
        await _world.PublishAsync(new Random(1), 50, 100);
        using var reading = _world.Reading();
        _world.Store.OnRead = (_, _, _) => throw new BlobStoreException(kind, "away");
        var error = await Should.ThrowAsync<LogException>(async () => await reading.ReadAsync(SegmentWorld.Stream, _world.From(0), default));
        error.Code.ShouldBe(LogErrorCode.StoreUnavailable);

        _world.Store.OnRead = null;
        using var page = (await reading.ReadAsync(SegmentWorld.Stream, _world.From(0), default)).Page!;
        _world.ShouldBeRecords(page, 0);
    }

    [Fact]
    public async Task Before_the_store_is_attached_it_is_away()
    {
        await _world.PublishAsync(new Random(1), 50, 100);
        _world.StoreId = null;
        using var reading = _world.Reading();
        (await Should.ThrowAsync<LogException>(async () => await reading.ReadAsync(SegmentWorld.Stream, _world.From(0), default)))
            .Code.ShouldBe(LogErrorCode.StoreUnavailable);
    }

    private static Action<string, long, Memory<byte>> Flip(long at) => (name, offset, bytes) =>
    {
        if (name.StartsWith("segments/", StringComparison.Ordinal) && at >= offset && at < offset + bytes.Length)
            bytes.Span[(int)(at - offset)] ^= 1;
    };

    private async Task<RunTable> TableAsync(SegmentRef run)
    {
        var bytes = new byte[run.Length];
        await _world.Store.ReadAsync(run.Blob.Segment, run.Offset, bytes);
        return RunTable.Read(bytes, _world.StoreId!.Value, SegmentWorld.Stream, run);
    }
}
