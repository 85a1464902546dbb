using Orleans.Log.Engine.Reading;
using Orleans.Log.Engine.Segments;
using Orleans.Log.Engine.Simulation.Disk;

namespace Orleans.Log.Engine.Tests.Reading;

public sealed class SegmentCacheTests : IDisposable
{
    private readonly SegmentWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task A_small_segment_is_one_call()
    {
        await _world.PublishAsync(new Random(1), 100, 1_000);
        using var reading = _world.Reading();
        await ScanAsync(reading);
        _world.Store.SegmentReads.ShouldBe([(_world.Runs[0].Blob.Segment.Value, _world.Runs[0].Offset, _world.Runs[0].Length)]);
    }

    [Fact]
    public async Task A_scan_fetches_every_range_once_also_with_read_ahead()
    {
        await PublishLargeAsync();
        using var reading = _world.Reading();
        await ScanAsync(reading);
        await ScanAsync(reading);
        var reads = _world.Store.SegmentReads;
        reads.Distinct().Count().ShouldBe(reads.Count);
        reads.Sum(read => (long)read.Length).ShouldBeLessThan(_world.Runs.Sum(run => (long)run.Length) * 11 / 10);
    }

    [Fact]
    public async Task A_reader_that_goes_forward_finds_the_next_ranges_there()
    {
        await PublishLargeAsync();
        using var reading = _world.Reading(new SegmentCacheOptions { ReadAheadBytes = 2 << 20 });
        var first = await reading.ReadAsync(SegmentWorld.Stream, _world.From(0), default);
        var before = _world.Store.SegmentReads.Count;
        var second = await reading.ReadAsync(SegmentWorld.Stream, _world.From(first.Next), default);

        // The store in memory answers at once, so what was begun is done. The page itself needed one range more at most.
        _world.Store.SegmentReads.Count.ShouldBeGreaterThanOrEqualTo(before + 2);
        using var page = second.Page!;
        _world.ShouldBeRecords(page, first.Next);
    }

    [Fact]
    public async Task A_reader_that_jumps_about_fetches_nothing_ahead()
    {
        await PublishLargeAsync();
        using var reading = _world.Reading();
        await ReadAsync(reading, 0);
        await ReadAsync(reading, _world.Tail / 2);
        var before = _world.Store.SegmentReads.Count;
        await ReadAsync(reading, _world.Tail / 4);
        (_world.Store.SegmentReads.Count - before).ShouldBeLessThanOrEqualTo(2);

        async Task ReadAsync(SegmentReading from, long lsn)
        {
            using var page = (await from.ReadAsync(SegmentWorld.Stream, _world.From(lsn, records: 5), default)).Page!;
            _world.ShouldBeRecords(page, lsn);
        }
    }

    [Fact]
    public async Task What_many_want_at_once_is_fetched_once()
    {
        await _world.PublishAsync(new Random(1), 500, 1_000);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var reading = _world.Reading();

        // The map is known already; the segment is not.
        await reading.ReadAsync(SegmentWorld.Stream, _world.Since(long.MaxValue), default);
        _world.Store.Gate = gate.Task;
        var readers = Enumerable.Range(0, 50).Select(i => reading.ReadAsync(SegmentWorld.Stream, _world.From(i), default).AsTask()).ToArray();
        _world.Store.SegmentReads.Count.ShouldBe(1);
        gate.SetResult();
        foreach (var (reader, i) in readers.Select((reader, i) => (reader, i)))
        {
            using var page = (await reader).Page!;
            _world.ShouldBeRecords(page, i);
        }

        _world.Store.SegmentReads.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_reader_that_gives_up_does_not_take_the_others_with_it()
    {
        await _world.PublishAsync(new Random(1), 500, 1_000);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var reading = _world.Reading();
        await reading.ReadAsync(SegmentWorld.Stream, _world.Since(long.MaxValue), default);
        _world.Store.Gate = gate.Task;
        using var impatient = new CancellationTokenSource();
        var first = reading.ReadAsync(SegmentWorld.Stream, _world.From(0), impatient.Token).AsTask();
        var second = reading.ReadAsync(SegmentWorld.Stream, _world.From(0), default).AsTask();
        await impatient.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(first);
        gate.SetResult();
        using var page = (await second).Page!;
        _world.ShouldBeRecords(page, 0);
    }

    [Fact]
    public async Task Memory_stays_within_its_bound()
    {
        for (var i = 0; i < 3; i++)
            await PublishLargeAsync();

        var options = new SegmentCacheOptions { MemoryBytes = 4 << 20, ReadAheadBytes = 1 << 20 };
        using var reading = _world.Reading(options);
        await ScanAsync(reading, () => reading.MemoryBytes.ShouldBeLessThanOrEqualTo(options.MemoryBytes));
        reading.MemoryBytes.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Small_extents_count_with_the_objects_around_them()
    {
        const int runs = 20;
        for (var i = 0; i < runs; i++)
            await _world.PublishAsync(new Random(i), 1, 10);

        using var reading = _world.Reading();
        await ScanAsync(reading);

        reading.MemoryBytes.ShouldBeGreaterThanOrEqualTo(runs * Extent.ObjectBytes);
    }

    [Fact]
    public async Task A_page_keeps_its_records_when_the_cache_has_long_let_go_of_them()
    {
        for (var i = 0; i < 3; i++)
            await PublishLargeAsync();

        using var reading = _world.Reading(new SegmentCacheOptions { MemoryBytes = 4 << 20 });
        using var large = (await reading.ReadAsync(SegmentWorld.Stream, _world.From(0), default)).Page!;
        using var small = (await reading.ReadAsync(SegmentWorld.Stream, _world.From(0, records: 3), default)).Page!;
        await ScanAsync(reading);
        _world.ShouldBeRecords(large, 0);
        _world.ShouldBeRecords(small, 0);
    }

    [Fact]
    public async Task What_is_kept_on_disk_is_not_fetched_again_also_not_after_a_restart()
    {
        await PublishLargeAsync();
        var disk = new SimulatedDisk();
        await FillAsync(disk);
        var cache = new SegmentDiskCache(disk, 64 << 20);
        cache.Held.ShouldBeGreaterThan(_world.Runs[0].Length);
        using var reading = _world.Reading(disk: cache);
        await ScanAsync(reading);
        _world.Store.SegmentReads.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_damaged_on_disk_is_fetched_again()
    {
        await PublishLargeAsync();
        var disk = new SimulatedDisk();
        await FillAsync(disk);
        var files = disk.List(SegmentDiskCache.Directory);
        for (var i = 0; i < files.Count; i++)
        {
            var content = disk.Content($"{SegmentDiskCache.Directory}/{files[i]}");
            content[content.Length / 3] ^= 1;
            using var file = disk.Create($"{SegmentDiskCache.Directory}/{files[i]}");
            file.Write(0, i % 2 == 0 ? content : content.AsSpan(0, content.Length / 2));
        }

        using (var reading = _world.Reading(disk: new SegmentDiskCache(disk, 64 << 20)))
            await ScanAsync(reading);

        _world.Store.SegmentReads.Count.ShouldBeGreaterThanOrEqualTo(files.Count);
    }

    [Fact]
    public async Task The_disk_keeps_no_more_than_it_may_and_nothing_when_the_cache_is_switched_off()
    {
        await PublishLargeAsync();
        var disk = new SimulatedDisk();
        await FillAsync(disk);
        using (var smaller = new SegmentDiskCache(disk, 3 << 20))
            smaller.Held.ShouldBeInRange(2 << 20, 3 << 20);

        disk.List(SegmentDiskCache.Directory).Sum(file => disk.Content($"{SegmentDiskCache.Directory}/{file}").Length).ShouldBeLessThanOrEqualTo(3 << 20);
        SegmentDiskCache.Open(disk, 0).ShouldBeNull();
        disk.List(SegmentDiskCache.Directory).ShouldBeEmpty();
    }

    /// <summary>Scans until nothing is fetched any more: what comes faster than it can be written is not kept at once.</summary>
    private async Task FillAsync(SimulatedDisk disk)
    {
        do
        {
            _world.Store.Forget();
            using var reading = _world.Reading(disk: new SegmentDiskCache(disk, 64 << 20));
            await ScanAsync(reading);
        }
        while (_world.Store.SegmentReads.Count > 0);
    }

    private Task PublishLargeAsync() => _world.PublishAsync(new Random(1), 8_000, 2_000);

    private async Task ScanAsync(SegmentReading reading, Action? afterPage = null)
    {
        for (long lsn = 0; lsn < _world.Tail;)
        {
            using var page = (await reading.ReadAsync(SegmentWorld.Stream, _world.From(lsn), default)).Page!;
            _world.ShouldBeRecords(page, lsn);
            lsn = page.Next;
            afterPage?.Invoke();
        }
    }
}
