using Orleans.Log.Engine.Disk;
using static Orleans.Log.Engine.Simulation.Disk.SimulatedDiskDurabilityTests;

namespace Orleans.Log.Engine.Simulation.Disk;

public sealed class SimulatedDiskFaultTests
{
    [Fact]
    public void A_failed_flush_marks_pages_clean_so_that_the_next_one_succeeds_and_the_data_is_gone()
    {
        var disk = DiskWithFile("f", new byte[512], out var file);
        file.Write(0, Filled(512, 7));
        disk.Faults.Plan(DiskCall.Flush, 1, DiskFault.Error);

        Should.Throw<DiskException>(file.Flush).Failure.ShouldBe(DiskFailure.Io);
        file.Flush();

        Digits(disk.Content("f")).ShouldBe("7");
        Digits(disk.Capture().Everything().Content("f")).ShouldBe("0");
        var device = new byte[512];
        using var reader = disk.Open("f", DiskAccess.ReadDevice);
        reader.Read(0, device);
        Digits(device).ShouldBe("0");
    }

    [Fact]
    public void Only_the_kth_call_of_the_kind_and_name_fails()
    {
        var disk = DiskInDirectory(out var file);
        var other = disk.Create("g");
        disk.Faults.Plan(DiskCall.Write, 2, DiskFault.Error, "wal/");

        other.Write(0, Filled(1, 1));
        file.Write(0, Filled(1, 1));
        other.Write(0, Filled(1, 2));
        Should.Throw<DiskException>(() => file.Write(0, Filled(1, 2)));
        file.Write(0, Filled(1, 3));
        disk.Faults.Happened.ShouldBe(1);
    }

    [Fact]
    public void A_full_disk_refuses_growth_and_takes_overwrites()
    {
        var disk = DiskWithFile("f", new byte[4096], out var file);
        disk.Capacity = 4096;

        Should.Throw<DiskException>(() => file.Write(4096, Filled(4096, 1))).Failure.ShouldBe(DiskFailure.Full);
        file.Write(0, Filled(4096, 2));
        disk.FreeBytes.ShouldBe(0);
    }

    [Fact]
    public void A_short_read_gives_fewer_bytes()
    {
        var disk = DiskWithFile("f", Filled(512, 3), out var file);
        disk.Faults.Plan(DiskCall.Read, 1, DiskFault.ShortRead);

        file.Read(0, new byte[512]).ShouldBe(256);
        file.Read(0, new byte[512]).ShouldBe(512);
    }

    [Fact]
    public void A_misdirected_write_lands_elsewhere_and_its_own_place_keeps_the_old_bytes()
    {
        var disk = DiskWithFile("f", new byte[4096 * 3], out _);
        disk.Faults.Plan(DiskCall.Write, 1, DiskFault.Misdirected);
        disk.Open("f", DiskAccess.WriteDurable).Write(4096, Filled(4096, 1));

        var content = Digits(disk.Capture().Everything().Content("f"));
        content.Substring(8, 8).ShouldBe("00000000");
        content.Count(digit => digit == '1').ShouldBe(8);
    }

    [Fact]
    public void A_stale_write_is_seen_in_the_cache_and_never_reaches_the_device()
    {
        var disk = DiskWithFile("f", new byte[4096], out _);
        disk.Faults.Plan(DiskCall.Write, 1, DiskFault.Stale);
        disk.Open("f", DiskAccess.WriteDurable).Write(0, Filled(4096, 1));

        Digits(disk.Content("f")).ShouldBe("11111111");
        Digits(disk.Capture().Everything().Content("f")).ShouldBe("00000000");
    }

    [Fact]
    public void A_flipped_bit_is_one_bit()
    {
        var disk = DiskWithFile("f", new byte[512], out _);
        disk.FlipBit("f", 100, 3);

        var image = disk.Capture().Everything().Content("f");
        image[100].ShouldBe((byte)8);
        image.Count(value => value != 0).ShouldBe(1);
    }

    [Fact]
    public void A_second_owner_of_the_lock_is_refused_until_the_first_is_gone()
    {
        var disk = new SimulatedDisk();
        var held = disk.Lock("lock");
        Should.Throw<DiskException>(() => disk.Lock("lock")).Failure.ShouldBe(DiskFailure.Locked);
        held.Dispose();
        disk.Lock("lock").Dispose();
        disk.AfterProcessDeath().Lock("lock").Dispose();
    }

    [Fact]
    public void Equal_runs_have_equal_traces_and_a_different_byte_another_one()
    {
        Trace(1).ShouldBe(Trace(1));
        Trace(2).ShouldNotBe(Trace(1));

        static ulong Trace(byte value)
        {
            var disk = DiskWithFile("f", new byte[512], out var file);
            file.Write(7, Filled(3, value));
            return disk.TraceHash;
        }
    }

    private static SimulatedDisk DiskInDirectory(out IDiskFile file)
    {
        var disk = new SimulatedDisk();
        disk.CreateDirectory("wal");
        file = disk.Create("wal/f");
        return disk;
    }
}
