using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Wal;

/// <summary>The decision table of recovery (docs/FORMAT.md §9), row by row. Every block here has one entry of stream 1 unless a test says otherwise.</summary>
public sealed class WalDecisionTests
{
    private const int Body = 5000;
    private readonly SimulatedDisk _disk = new();
    private readonly List<WalPosition> _blocks = [];

    [Fact]
    public void A_torn_tail_that_nobody_vouches_for_is_cut_and_writing_goes_on_there()
    {
        var wal = Written(3);
        Damage(_blocks[2].Offset + 200);
        var (next, replay, report) = Reopen(wal);
        using (next)
        {
            replay.Numbers(1).ShouldBe("1 2");
            (replay.Damage.Count, replay.DamagedEntries.Count).ShouldBe((0, 0));
            (report.CutBlocks, report.Tail).ShouldBe((1, BlockStart(2)));
            next.Add(1, 3, [9]).ShouldBe(_blocks[2]);
            next.Pump();
            next.ReadAll().Count.ShouldBe(3);
        }
    }

    [Fact]
    public void A_block_lost_while_a_later_one_in_flight_arrived_is_a_hole_and_both_are_cut()
    {
        var wal = WalFixture.Open(_disk, Options());
        Write(wal, 1);
        wal.Add(1, 2, new byte[Body]);
        wal.Sequencer.TryTakeBlock(out var lost).ShouldBeTrue();
        wal.Add(1, 3, new byte[Body]);
        wal.Sequencer.TryTakeBlock(out var arrived).ShouldBeTrue();
        wal.WriteBlock(arrived!);
        wal.DurableThrough.ShouldBe(new WalPosition(1, lost!.Offset));

        var (next, replay, report) = Reopen(wal);
        using (next)
        {
            replay.Numbers(1).ShouldBe("1");
            (report.CutBlocks, replay.Damage.Count).ShouldBe((1, 0));
            _disk2!.Content("wal/0000000000000001.wal").AsSpan((int)lost.Offset).ContainsAnyExcept((byte)0).ShouldBeFalse("the cut is zeroed");
        }
    }

    [Fact]
    public void A_damaged_body_that_a_later_block_vouches_for_is_corruption_and_costs_only_that_entry()
    {
        var wal = Written(3);
        Damage(_blocks[1].Offset + 1000);
        var (next, replay, report) = Reopen(wal);
        using (next)
        {
            replay.Numbers(1).ShouldBe("1 3");
            replay.DamagedEntries.ShouldHaveSingleItem().Entry.ShouldBe(2);
            replay.Damage.ShouldBeEmpty();
            (report.CutBlocks, report.DamagedEntries).ShouldBe((0, 1));
        }
    }

    [Fact]
    public void A_damaged_record_header_costs_a_range_and_the_records_around_it_are_used()
    {
        var wal = WalFixture.Open(_disk, Options());
        for (var entry = 1; entry <= 3; entry++)
            _blocks.Add(wal.Add(1, entry, new byte[100]));

        wal.Pump();
        Write(wal, 4);
        Damage(_blocks[1].Offset + 20);
        var (next, replay, _) = Reopen(wal);
        using (next)
        {
            replay.Numbers(1).ShouldBe("1 3 4");
            replay.Damage.ShouldBe([new WalRange(_blocks[1], _blocks[2])]);
        }
    }

    [Fact]
    public void A_block_header_with_one_wrong_bit_is_put_right()
    {
        var wal = Written(3);
        _disk.FlipBit("wal/0000000000000001.wal", BlockStart(1).Offset + 53, 3);
        var (next, replay, report) = Reopen(wal);
        using (next)
        {
            replay.Numbers(1).ShouldBe("1 2 3");
            replay.Damage.ShouldBeEmpty();
            report.HeadersRepairedFromContext.ShouldBe(1);
        }
    }

    [Fact]
    public void The_records_of_a_block_whose_header_is_gone_are_found_and_the_rest_of_it_is_reported()
    {
        var wal = Written(3);
        _disk.Overwrite("wal/0000000000000001.wal", BlockStart(1).Offset, new byte[96]);
        var (next, replay, _) = Reopen(wal);
        using (next)
        {
            replay.Numbers(1).ShouldBe("1 2 3");
            var end = new WalPosition(1, _blocks[1].Offset + (uint)WalFormat.PadToEntry(72 + Body));
            replay.Damage.ShouldBe([new WalRange(end, BlockStart(2))]);
        }
    }

    [Fact]
    public void A_whole_block_that_is_gone_is_reported_and_never_skipped()
    {
        var wal = Written(4);
        _disk.Overwrite("wal/0000000000000001.wal", BlockStart(1).Offset, new byte[8192]);
        var (next, replay, _) = Reopen(wal);
        using (next)
        {
            replay.Numbers(1).ShouldBe("1 3 4");
            replay.Damage.ShouldBe([new WalRange(BlockStart(1), BlockStart(2))]);
            next.ReadAll().Select(record => record.Entry.Entry).ShouldBe([1L, 3L, 4L]);
        }
    }

    [Fact]
    public void The_quiet_mark_vouches_for_the_last_acknowledged_block()
    {
        var wal = Written(2);
        wal.Sequencer.TryTakeMark(out var mark).ShouldBeTrue();
        wal.WriteBlock(mark!);
        wal.Sequencer.TryTakeMark(out _).ShouldBeFalse("one is enough");
        Damage(_blocks[1].Offset + 1000);
        var (next, replay, report) = Reopen(wal);
        using (next)
        {
            replay.DamagedEntries.ShouldHaveSingleItem().Entry.ShouldBe(2);
            report.CutBlocks.ShouldBe(0);
        }
    }

    [Fact]
    public void The_control_slot_of_a_clean_shutdown_vouches_for_the_last_block()
    {
        var wal = Written(2);
        wal.Dispose();
        Damage(_blocks[1].Offset + 1000);
        var (next, replay, _) = Reopen(wal);
        using (next)
            replay.DamagedEntries.ShouldHaveSingleItem().Entry.ShouldBe(2);
    }

    [Fact]
    public void When_the_vouched_end_is_unreadable_nothing_is_cut_and_writing_goes_on_in_the_next_file()
    {
        var wal = Written(2);
        wal.Dispose();
        _disk.Overwrite("wal/0000000000000001.wal", BlockStart(1).Offset, new byte[4096]);
        var disk = _disk.AfterProcessDeath();
        for (var round = 0; round < 3; round++)
        {
            var replay = new Recorded();
            using var next = WalFixture.Open(disk, Options(), replay);
            replay.Numbers(1).ShouldBe(string.Join(' ', new[] { 1 }.Concat(Enumerable.Range(3, round))));
            replay.Damage[0].From.ShouldBe(BlockStart(1));
            next.Add(1, 3 + round, new byte[Body]).File.ShouldBe(2);
            next.Pump();
        }
    }

    [Fact]
    public void What_was_cut_never_comes_back_behind_what_is_written_later()
    {
        var wal = WalFixture.Open(_disk, Options());
        Write(wal, 1);
        wal.Add(1, 2, new byte[Body]);
        wal.Sequencer.TryTakeBlock(out _).ShouldBeTrue();
        wal.Add(1, 3, new byte[Body]);
        wal.Sequencer.TryTakeBlock(out var arrived).ShouldBeTrue();
        wal.WriteBlock(arrived!);

        var (next, _, _) = Reopen(wal);
        next.Add(1, 2, new byte[Body]);
        next.Pump();
        var replay = new Recorded();
        using (WalFixture.Open(_disk2!.AfterProcessDeath(), Options(), replay))
            replay.Numbers(1).ShouldBe("1 2");
    }

    [Fact]
    public void A_bit_that_flips_once_on_its_way_from_the_disk_costs_nothing()
    {
        var wal = Written(3);
        var disk = _disk.AfterProcessDeath();
        disk.Faults.Plan(DiskCall.Read, 2, DiskFault.FlippedRead, ".wal");
        var replay = new Recorded();
        using (WalFixture.Open(disk, Options(), replay))
            replay.Numbers(1).ShouldBe("1 2 3");

        disk.Faults.Happened.ShouldBe(1);
    }

    [Fact]
    public void A_damaged_first_block_of_a_later_file_does_not_hide_what_follows()
    {
        var wal = WalFixture.Open(_disk, Options());
        for (var entry = 1; entry <= 30; entry++)
        {
            wal.PrepareStep();
            _blocks.Add(wal.Add(1, entry, new byte[60_000]));
            wal.Pump();
        }

        var first = _blocks.First(position => position.File == 2);
        _disk.FlipBit("wal/0000000000000002.wal", first.Offset - 40, 1);
        _disk.FlipBit("wal/0000000000000002.wal", first.Offset - 41, 1);
        var (next, replay, _) = Reopen(wal);
        using (next)
            replay.Numbers(1).ShouldBe(string.Join(' ', Enumerable.Range(1, 30)));
    }

    [Theory]
    [InlineData(5, 9, 4, 0, true)] // a later header says so
    [InlineData(5, 9, 4, 4, true)] // n + bound was handed out, so n was durable
    [InlineData(5, 8, 4, 4, false)] // within the window, and nobody vouches
    public void The_window_decides_between_a_hole_and_damage_of_unknown_age(long bad, long behind, int bound, long durable, bool vouched)
    {
        var evidence = new WalEvidence(0, WalSabotage.None);
        evidence.Add([new BlockHeader(bound, 0, Guid.Empty, 1, behind, 40960, 96, 0, 0, durable == 0 ? bad : durable)]);
        evidence.VouchesFor(new WalPosition(1, 4096), bad).ShouldBe(vouched);
    }

    private SimulatedDisk? _disk2;

    private static WalOptions Options()
    {
        var options = WalFixture.Options(threads: false);
        options.IoDepth = 4;
        return options;
    }

    private WriteAheadLog Written(int entries)
    {
        var wal = WalFixture.Open(_disk, Options());
        for (var entry = 1; entry <= entries; entry++)
            Write(wal, entry);

        return wal;
    }

    private void Write(WriteAheadLog wal, long entry)
    {
        _blocks.Add(wal.Add(1, entry, WalFixture.Body(1, entry, Body)));
        wal.Pump();
    }

    private WalPosition BlockStart(int block) => new(_blocks[block].File, _blocks[block].Offset - WalFormat.BlockHeaderBytes);

    private void Damage(long offset) => _disk.FlipBit("wal/0000000000000001.wal", offset, 2);

    private (WriteAheadLog Wal, Recorded Replay, WalRecoveryReport Report) Reopen(WriteAheadLog before)
    {
        _ = before; // the process died: it is not closed
        _disk2 = _disk.AfterProcessDeath();
        var replay = new Recorded();
        var wal = WalFixture.Open(_disk2, Options(), replay);
        return (wal, replay, wal.Report);
    }
}
