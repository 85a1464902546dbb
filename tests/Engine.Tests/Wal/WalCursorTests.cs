using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Wal;

public sealed class WalCursorTests
{
    private readonly SimulatedDisk _disk = new();
    private readonly List<WalPosition> _positions = [];

    [Fact]
    public void What_is_not_durable_is_not_seen_and_is_when_it_has_become_so()
    {
        using var wal = Open();
        using var cursor = wal.OpenCursor(WalPosition.None);
        Add(wal, 1);
        cursor.MoveNext().ShouldBeFalse();
        wal.Pump();
        cursor.MoveNext().ShouldBeTrue();
        cursor.MoveNext().ShouldBeFalse();
        Add(wal, 2);
        wal.Pump();
        cursor.MoveNext().ShouldBeTrue();
        cursor.Entry.Entry.ShouldBe(2);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(200_000)]
    [InlineData(100_000_000)]
    public void Every_record_is_read_from_memory_or_from_the_file_and_from_any_start(long cacheBytes)
    {
        using var wal = Open(cacheBytes);
        for (var entry = 1; entry <= 60; entry++)
        {
            Add(wal, entry, WalFixture.Body(1, entry, 1 + (entry * 977 % 60_000)));
            if (entry % 3 == 0)
                wal.Pump();

            wal.PrepareStep();
        }

        wal.Pump();
        for (var start = 0; start < 60; start += 7)
        {
            var read = wal.ReadAll(_positions[start]);
            read.Select(record => record.Entry.Entry).ShouldBe(Enumerable.Range(start + 1, 60 - start).Select(entry => (long)entry));
            read[0].Body.ShouldBe(WalFixture.Body(1, start + 1, 1 + ((start + 1) * 977 % 60_000)));
        }

        using var cursor = wal.OpenCursor(_positions[30]);
        cursor.MoveNext().ShouldBeTrue();
        cursor.Seek(_positions[3]);
        cursor.MoveNext().ShouldBeTrue();
        (cursor.Position, cursor.Entry.Entry).ShouldBe((_positions[3], 4));
        cursor.PassedDamage.ShouldBeFalse();
    }

    [Fact]
    public void A_file_that_was_left_before_its_first_block_was_written_is_read_to_its_end_and_no_further()
    {
        using var wal = Open(cacheBytes: 0);
        wal.PrepareStep();
        for (var entry = 1; entry <= 20; entry++)
            Add(wal, entry, new byte[60_000]);

        wal.End.File.ShouldBe(2);
        wal.Pump();
        using var cursor = wal.OpenCursor(WalPosition.None);
        var read = 0;
        while (cursor.MoveNext())
            read++;

        (read, cursor.PassedDamage).ShouldBe((20, false));
    }

    [Fact]
    public void A_damaged_body_is_refused_and_the_records_around_it_are_read()
    {
        using var wal = Filled(cacheBytes: 0);
        Damage(_positions[1].Offset + 100);
        using var cursor = wal.OpenCursor(WalPosition.None);
        cursor.MoveNext().ShouldBeTrue();
        cursor.Body.Length.ShouldBe(3000);
        cursor.MoveNext().ShouldBeTrue();
        cursor.Entry.Entry.ShouldBe(2);
        Should.Throw<LogException>(() => cursor.Body.Length).Code.ShouldBe(LogErrorCode.Corrupt);
        cursor.MoveNext().ShouldBeTrue();
        cursor.Body.ToArray().ShouldBe(WalFixture.Body(1, 3, 3000));
    }

    [Fact]
    public void A_damaged_header_is_stepped_over_and_said()
    {
        using var wal = Filled(cacheBytes: 0);
        Damage(_positions[1].Offset + 10);
        using var cursor = wal.OpenCursor(WalPosition.None);
        var seen = new List<long>();
        while (cursor.MoveNext())
            seen.Add(cursor.Entry.Entry);

        seen.ShouldBe(Enumerable.Range(1, 20).Where(entry => entry != 2).Select(entry => (long)entry));
        cursor.PassedDamage.ShouldBeTrue();
    }

    [Fact]
    public void A_read_that_flips_a_bit_once_is_read_again_from_the_device()
    {
        using var wal = Filled(cacheBytes: 0);
        _disk.Faults.Plan(DiskCall.Read, 1, DiskFault.FlippedRead, ".wal");
        wal.ReadAll().Count.ShouldBe(20);
        _disk.Faults.Happened.ShouldBe(1);
    }

    [Fact]
    public void Short_reads_cost_nothing_but_more_reads()
    {
        using var wal = Filled(cacheBytes: 0);
        _disk.Faults.Plan(DiskCall.Read, 1, DiskFault.ShortRead, ".wal");
        _disk.Faults.Plan(DiskCall.Read, 3, DiskFault.ShortRead, ".wal");
        wal.ReadAll().Count.ShouldBe(20);
    }

    [Fact]
    public void Memory_that_a_cursor_reads_in_is_not_used_again_before_it_lets_go()
    {
        using var wal = Open(cacheBytes: 100_000);
        Add(wal, 1);
        wal.Pump();
        using var cursor = wal.OpenCursor(WalPosition.None);
        cursor.MoveNext().ShouldBeTrue();
        var body = cursor.Body.ToArray();
        for (var entry = 2; entry <= 40; entry++)
        {
            wal.PrepareStep();
            Add(wal, entry, WalFixture.Body(1, entry, 50_000));
            wal.Pump();
        }

        cursor.Body.ToArray().ShouldBe(body);
    }

    private WriteAheadLog Open(long cacheBytes = 1 << 20)
    {
        var options = WalFixture.Options(threads: false);
        options.CacheBytes = cacheBytes;
        return WalFixture.Open(_disk, options);
    }

    // The first entries leave memory: with no cache only the chunk that is being filled stays.
    private WriteAheadLog Filled(long cacheBytes)
    {
        var wal = Open(cacheBytes);
        for (var entry = 1; entry <= 20; entry++)
        {
            Add(wal, entry, WalFixture.Body(1, entry, entry > 3 ? 60_000 : 3000));
            wal.PrepareStep();
            if (entry is 3 or > 4)
                wal.Pump();
        }

        return wal;
    }

    private void Add(WriteAheadLog wal, long entry, byte[]? body = null) => _positions.Add(wal.Add(1, entry, body ?? WalFixture.Body(1, entry, 3000)));

    private void Damage(long offset) => _disk.FlipBit("wal/0000000000000001.wal", offset, 4);
}
