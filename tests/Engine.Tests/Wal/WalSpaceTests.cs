using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Wal;

/// <summary>Admission, full disks, reclaiming and recycling.</summary>
public sealed class WalSpaceTests
{
    private readonly SimulatedDisk _disk = new();
    private long _entry;

    [Theory]
    [InlineData(true, true, 1)]
    [InlineData(true, false, 5)]
    [InlineData(false, true, 5)]
    public void A_file_is_filled_past_the_page_cache_where_the_file_system_takes_that_and_otherwise_flushed_piece_by_piece(bool wanted, bool supported, int flushes)
    {
        var seen = 0;
        var disk = new SimulatedDisk
        {
            SupportsDurableWrites = supported,
            Observer = operation => seen += operation is { Call: DiskCall.Flush } && operation.Name.EndsWith(".wal.tmp", StringComparison.Ordinal) ? 1 : 0,
        };
        var options = WalFixture.Options(threads: false);
        options.FileSizeMiB = 4;
        options.WriteDurable = wanted;
        using var wal = WalFixture.Open(disk, options);
        seen = 0;
        wal.PrepareStep().ShouldBeTrue();
        seen.ShouldBe(flushes, "the header's, and one for each MiB that stands in the page cache");
    }

    [Fact]
    public void Beyond_the_bytes_in_flight_admission_says_overloaded_and_what_becomes_durable_makes_room()
    {
        var options = WalFixture.Options(threads: false);
        options.InFlightBytes = 100_000;
        using var wal = WalFixture.Open(_disk, options);
        wal.Add(1, 1, new byte[60_000]);
        wal.TryAdmit(60_000, WalClass.Append).ShouldBe(WalAdmission.Overloaded);
        wal.TryAdmit(40_000, WalClass.Append).ShouldBe(WalAdmission.Admitted);
        wal.TryAdmit(1, WalClass.Append).ShouldBe(WalAdmission.Overloaded);
        wal.Release(40_000);
        wal.Pump();
        wal.TryAdmit(60_000, WalClass.Append).ShouldBe(WalAdmission.Admitted);
    }

    [Fact]
    public void While_files_are_prepared_too_slowly_admission_says_overloaded_not_full()
    {
        using var wal = WalFixture.Open(_disk, WalFixture.Options(threads: false));
        FillUntilRefused(wal).ShouldBe(WalAdmission.Overloaded);
        wal.PrepareStep().ShouldBeTrue();
        wal.TryAdmit(60_000, WalClass.Append).ShouldBe(WalAdmission.Admitted);
    }

    [Fact]
    public void On_a_full_disk_appends_are_refused_control_entries_are_not_and_appends_resume_when_space_is_freed()
    {
        var options = WalFixture.Options(threads: false);
        using var wal = WalFixture.Open(_disk, options);
        _disk.Capacity = 2_700_000;
        PrepareAll(wal);

        var entries = 0;
        var refusal = FillUntilRefused(wal, () => entries++);
        refusal.ShouldBe(WalAdmission.Full);
        wal.State.ShouldBe(WalAdmission.Full);
        entries.ShouldBeGreaterThan(15);
        for (var i = 0; i < 10; i++)
        {
            wal.TryAdmit(8, WalClass.Control).ShouldBe(WalAdmission.Admitted);
            wal.Append(WalFixture.Entry(1, ++entries, WalEntryType.Trim), new Bytes(new byte[8]), new Subscriber());
            wal.Pump();
        }

        wal.Reclaim(wal.DurableThrough, WalCheckpoint.None);
        wal.PrepareStep().ShouldBeTrue("the reclaimed file is recycled");
        wal.TryAdmit(60_000, WalClass.Append).ShouldBe(WalAdmission.Admitted);
        wal.State.ShouldBe(WalAdmission.Admitted);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_last_reserve_is_for_what_makes_room_and_everything_that_is_let_in_finds_a_place(int seed)
    {
        var random = new Random(seed);
        var options = WalFixture.Options(threads: false);
        options.DiskBudgetBytes = 4 * 1024 * 1024;
        var entry = 0L;
        using (var wal = WalFixture.Open(_disk, options))
        {
            FillWith(wal, WalClass.Append, () => random.Next(options.LargestBodyBytes)).ShouldBeGreaterThan(30);
            FillWith(wal, WalClass.Control, () => random.Next(100)).ShouldBeGreaterThan(4);
            wal.TryAdmit(0, WalClass.Append).ShouldBe(WalAdmission.Full);
            FillWith(wal, WalClass.Relief, () => 8).ShouldBeGreaterThan(4);
            wal.TryAdmit(0, WalClass.Control).ShouldBe(WalAdmission.Full);
        }

        var replay = new Recorded();
        using (var wal = WalFixture.Open(_disk, options, replay))
        {
            replay.Entries.Select(record => record.Entry.Entry).ShouldBe(Enumerable.Range(1, (int)entry).Select(number => (long)number));
            wal.TryAdmit(0, WalClass.Relief).ShouldBe(WalAdmission.Overloaded, "as much is left as was; whether the disk is full is not known yet");
        }

        int FillWith(WriteAheadLog wal, WalClass cls, Func<int> size)
        {
            var taken = 0;
            for (var refused = 0; refused < 3;)
            {
                PrepareAll(wal);
                var body = new byte[size()];
                if (wal.TryAdmit(body.Length, cls) != WalAdmission.Admitted)
                {
                    refused++;
                    continue;
                }

                wal.Append(WalFixture.Entry(1, ++entry), new Bytes(body), new Subscriber());
                taken++;
                if (random.Next(3) > 0)
                    wal.Pump();
            }

            wal.Pump();
            return taken;
        }
    }

    [Fact]
    public void A_disk_that_fills_up_while_a_file_is_prepared_costs_nothing_but_the_attempt()
    {
        using var wal = WalFixture.Open(_disk, WalFixture.Options(threads: false));
        _disk.Faults.Plan(DiskCall.Write, 2, DiskFault.Full, ".wal.tmp");
        wal.PrepareStep().ShouldBeFalse();
        _disk.Files().ShouldNotContain(file => file.Name.EndsWith(".tmp", StringComparison.Ordinal));
        wal.SizeBytes.ShouldBe(1024 * 1024);
        wal.PrepareStep().ShouldBeTrue();
        wal.SizeBytes.ShouldBe(2 * 1024 * 1024);
    }

    [Fact]
    public void The_disk_budget_is_kept()
    {
        var options = WalFixture.Options(threads: false);
        options.DiskBudgetBytes = 2 * 1024 * 1024;
        using var wal = WalFixture.Open(_disk, options);
        wal.PrepareStep().ShouldBeTrue();
        wal.PrepareStep().ShouldBeFalse();
        FillUntilRefused(wal).ShouldBe(WalAdmission.Full);
        wal.SizeBytes.ShouldBe(2 * 1024 * 1024);
    }

    [Fact]
    public void Reclaimed_files_go_and_the_log_still_opens_with_what_is_left()
    {
        var positions = new List<WalPosition>();
        using (var wal = WalFixture.Open(_disk, WalFixture.Options(threads: false)))
        {
            for (var entry = 1; entry <= 100; entry++)
            {
                wal.PrepareStep();
                positions.Add(wal.Add(1, entry, WalFixture.Body(1, entry, 60_000)));
                wal.Pump();
            }

            wal.Reclaim(positions[60], new WalCheckpoint(4, positions[60], default));
            wal.Head.File.ShouldBe(positions[60].File);
            Should.Throw<LogException>(() => wal.ReadAll(positions[0])).Code.ShouldBe(LogErrorCode.Trimmed);
            wal.ReadAll(positions[60]).Count.ShouldBe(40);
        }

        var replay = new Recorded();
        using (WalFixture.Open(_disk, WalFixture.Options(threads: false), replay))
        {
            replay.Checkpoint.ShouldBe(new WalCheckpoint(4, positions[60], default));
            replay.Entries.Select(record => record.Position).ShouldBe(positions.Where(position => position.File >= positions[60].File));
            replay.Damage.ShouldBeEmpty();
        }
    }

    [Fact]
    public void Recycled_files_are_written_over_and_nothing_of_their_earlier_life_is_read()
    {
        for (var round = 0; round < 3; round++)
        {
            var replay = new Recorded();
            using var wal = WalFixture.Open(_disk.AfterProcessDeath(), WalFixture.Options(threads: false), replay);
            var last = replay.Entries.LastOrDefault().Entry.Entry;
            for (var entry = last + 1; entry <= last + 100; entry++)
            {
                wal.PrepareStep();
                var position = wal.Add(1, entry, WalFixture.Body(1, entry, 50_000));
                wal.Pump();
                wal.Reclaim(position, WalCheckpoint.None);
                wal.ReadAll(position).ShouldHaveSingleItem().Body.ShouldBe(WalFixture.Body(1, entry, 50_000));
            }

            wal.SizeBytes.ShouldBeLessThanOrEqualTo(6 * 1024 * 1024);
        }
    }

    [Fact]
    public void A_log_whose_files_are_reclaimed_several_at_a_time_uses_them_again_and_fills_and_deletes_none()
    {
        using var wal = WalFixture.Open(_disk, WalFixture.Options(threads: false));
        UseFilesAndReclaim(wal, 6, times: 2);
        var (filled, deleted) = (0, 0);
        _disk.Observer = operation =>
        {
            filled += operation is { Call: DiskCall.Create, UnderWay: false } && operation.Name.EndsWith(".wal.tmp", StringComparison.Ordinal) ? 1 : 0;
            deleted += operation is { Call: DiskCall.Delete, UnderWay: false } && operation.Name.StartsWith("wal/", StringComparison.Ordinal) ? 1 : 0;
        };
        UseFilesAndReclaim(wal, 6, times: 5);

        (filled, deleted).ShouldBe((0, 0));
    }

    [Fact]
    public void Files_that_are_used_up_more_slowly_than_before_are_given_back_to_the_disk()
    {
        using var wal = WalFixture.Open(_disk, WalFixture.Options(threads: false));
        UseFilesAndReclaim(wal, 10, times: 2);
        wal.SizeBytes.ShouldBeGreaterThan(10 * 1024 * 1024);
        UseFilesAndReclaim(wal, 1, times: 20);

        // The one in use, two that are ready, and of those to be recycled two and what is used up between two reclaimings.
        wal.SizeBytes.ShouldBeLessThanOrEqualTo(6 * 1024 * 1024);
    }

    [Theory]
    [InlineData(long.MaxValue, 3 + 2 + WalFilePreparer.MostKept)]
    [InlineData(8L * 1024 * 1024, 3 + 2)]
    public void No_more_files_are_kept_than_bounds_allow(long budget, int files)
    {
        var options = WalFixture.Options(threads: false);
        options.DiskBudgetBytes = budget;
        using var wal = WalFixture.Open(_disk, options);
        UseFilesAndReclaim(wal, budget == long.MaxValue ? 40 : 5, times: 3);

        wal.SizeBytes.ShouldBe(files * 1024 * 1024);
    }

    [Fact]
    public void A_reclaiming_that_cannot_write_its_slot_reclaims_nothing()
    {
        using var wal = WalFixture.Open(_disk, WalFixture.Options(threads: false));
        for (var entry = 1; entry <= 40; entry++)
        {
            wal.PrepareStep();
            wal.Add(1, entry, new byte[60_000]);
            wal.Pump();
        }

        var files = _disk.Files().Count;
        _disk.Faults.Plan(DiskCall.Flush, 1, DiskFault.Error, "control");
        Should.Throw<DiskException>(() => wal.Reclaim(wal.DurableThrough, WalCheckpoint.None));
        wal.Head.File.ShouldBe(1);
        wal.ReadAll().Count.ShouldBe(40);
        wal.Reclaim(wal.DurableThrough, WalCheckpoint.None);
        wal.Head.File.ShouldBe(wal.DurableThrough.File);
        _disk.Files().Count.ShouldBeLessThanOrEqualTo(files + 1);
    }

    /// <summary>Several times over: uses so many files up, with as many ready as may be, and then reclaims them all together.</summary>
    private void UseFilesAndReclaim(WriteAheadLog wal, int files, int times)
    {
        for (var i = 0; i < times; i++)
        {
            for (var until = wal.DurableThrough.File + files; wal.DurableThrough.File < until;)
            {
                PrepareAll(wal);
                wal.Add(1, ++_entry, new byte[60_000]);
                wal.Pump();
            }

            PrepareAll(wal);
            wal.Reclaim(wal.DurableThrough, WalCheckpoint.None);
        }
    }

    /// <summary>Makes files ready until there are enough, or no more can be.</summary>
    private static void PrepareAll(WriteAheadLog wal)
    {
        while (wal.PrepareStep())
        {
        }
    }

    private static WalAdmission FillUntilRefused(WriteAheadLog wal, Action? each = null)
    {
        for (var entry = 1L; ; entry++)
        {
            var answer = wal.TryAdmit(60_000, WalClass.Append);
            if (answer != WalAdmission.Admitted)
                return answer;

            wal.Append(WalFixture.Entry(1, entry), new Bytes(new byte[60_000]), new Subscriber());
            wal.Pump();
            each?.Invoke();
        }
    }
}
