using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Simulation.Disk;

public sealed class SimulatedDiskDurabilityTests
{
    [Fact]
    public void A_write_that_was_not_flushed_may_survive_a_crash_in_any_of_its_sectors()
    {
        var disk = DiskWithFile("f", new byte[1024], out var file);
        file.Write(0, Filled(1024, 7));

        Images(disk, "f").ShouldBe(["00", "70", "07", "77"], ignoreOrder: true);
    }

    [Fact]
    public void A_flushed_write_survives_every_crash()
    {
        var disk = DiskWithFile("f", new byte[1024], out var file);
        file.Write(0, Filled(1024, 7));
        file.Flush();

        Images(disk, "f").ShouldBe(["77"]);
    }

    [Fact]
    public void A_sector_written_twice_may_hold_either_version_or_the_old_one()
    {
        var disk = DiskWithFile("f", new byte[512], out var file);
        file.Write(0, Filled(512, 1));
        file.Write(0, Filled(512, 2));

        Images(disk, "f").ShouldBe(["0", "1", "2"], ignoreOrder: true);
    }

    [Fact]
    public void A_sector_that_is_written_with_what_it_holds_is_no_choice()
    {
        var disk = DiskWithFile("f", Filled(4096, 3), out var file);
        file.Write(0, Filled(4096, 3));

        disk.Capture().States.ShouldBe(1);
    }

    [Fact]
    public void A_file_that_grew_may_have_any_of_its_lengths_and_never_shows_anything_but_zeros_or_what_was_written()
    {
        var disk = DiskWithFile("f", Filled(512, 1), out var file);
        file.Write(512, Filled(512, 2));

        Images(disk, "f").Distinct().ShouldBe(["1", "10", "12"], ignoreOrder: true);
    }

    [Fact]
    public void A_durable_write_is_torn_by_a_crash_in_its_middle_and_whole_after_its_return()
    {
        var disk = DiskWithFile("f", new byte[4096], out _);
        var during = new List<string>();
        disk.Observer = operation =>
        {
            if (operation.UnderWay)
                during.AddRange(Images(disk, "f"));
        };
        using var file = disk.Open("f", DiskAccess.WriteDurable);
        file.Write(0, Filled(4096, 5));

        during.Count.ShouldBe(256);
        during.Distinct().Count().ShouldBe(256);
        Images(disk, "f").ShouldBe(["55555555"]);
    }

    [Fact]
    public void Held_durable_writes_land_in_any_order_and_each_is_whole_once_landed()
    {
        var disk = DiskWithFile("f", new byte[8192], out _);
        disk.HoldsDurableWrites = true;
        using var file = disk.Open("f", DiskAccess.WriteDurable);
        file.Write(0, Filled(4096, 1));
        file.Write(4096, Filled(4096, 2));
        disk.Land(disk.Held[1]);

        var images = Images(disk, "f");
        images.Count.ShouldBe(256);
        images.ShouldAllBe(image => image.EndsWith("22222222", StringComparison.Ordinal));
        disk.Land(disk.Held[0]);
        Images(disk, "f").ShouldBe(["1111111122222222"]);
    }

    [Fact]
    public void A_flush_does_not_vouch_for_a_durable_write_that_is_still_under_way()
    {
        var disk = DiskWithFile("f", new byte[4096], out var file);
        disk.HoldsDurableWrites = true;
        disk.Open("f", DiskAccess.WriteDurable).Write(0, Filled(4096, 1));
        file.Flush();

        Images(disk, "f").Count.ShouldBe(256);
    }

    [Fact]
    public void Names_are_lost_or_kept_until_their_directory_is_flushed()
    {
        var disk = new SimulatedDisk();
        disk.Create("a").Dispose();
        disk.Create("b").Dispose();
        Names(disk).ShouldBe(["", "a", "b", "a b"], ignoreOrder: true);

        disk.FlushDirectory(string.Empty);
        Names(disk).ShouldBe(["a b"]);

        disk.Delete("a");
        Names(disk).ShouldBe(["a b", "b"], ignoreOrder: true);
    }

    [Fact]
    public void A_rename_is_atomic_and_may_come_before_the_data_of_the_file()
    {
        var disk = DiskWithFile("f", Filled(512, 1), out _);
        var temporary = disk.Create("f.tmp");
        temporary.Write(0, Filled(512, 2));
        disk.Rename("f.tmp", "f");

        Images(disk, "f").Distinct().ShouldBe(["1", "", "0", "2"], ignoreOrder: true);

        temporary.Flush();
        Images(disk, "f").Distinct().ShouldBe(["1", "2"], ignoreOrder: true);

        disk.FlushDirectory(string.Empty);
        Images(disk, "f").ShouldBe(["2"]);
        Names(disk).ShouldBe(["f"]);
    }

    [Fact]
    public void What_lies_in_a_directory_goes_with_it_until_the_parent_is_flushed()
    {
        var disk = new SimulatedDisk();
        disk.CreateDirectory("d");
        disk.Create("d/f").Dispose();
        disk.FlushDirectory("d");
        Names(disk).ShouldBe(["", "d/f"], ignoreOrder: true);

        disk.FlushDirectory(string.Empty);
        Names(disk).ShouldBe(["d/f"]);
    }

    [Fact]
    public void Creating_over_a_file_may_leave_the_old_one_whole()
    {
        var disk = DiskWithFile("f", Filled(512, 1), out _);
        disk.Create("f").Dispose();

        Images(disk, "f").ShouldBe(["1", ""], ignoreOrder: true);
    }

    [Fact]
    public void More_than_twelve_open_sectors_are_sampled_with_both_extremes()
    {
        var disk = DiskWithFile("f", new byte[512 * 40], out var file);
        file.Write(0, Filled(512 * 40, 9));
        disk.Capture().States.ShouldBeGreaterThan(CrashPoint.Exhaustive);

        var images = disk.Capture().Images(new Random(1), 200).Select(image => Digits(image.Content("f"))).ToList();
        images.Count.ShouldBe(200);
        images[0].ShouldBe(new string('0', 40));
        images[^1].ShouldBe(new string('9', 40));
        images.Distinct().Count().ShouldBeGreaterThan(100);
    }

    [Fact]
    public void A_process_that_dies_leaves_its_unflushed_writes_to_the_next_one_and_to_the_next_crash()
    {
        var disk = DiskWithFile("f", new byte[512], out var file);
        file.Write(0, Filled(512, 4));
        var next = disk.AfterProcessDeath();

        Digits(next.Content("f")).ShouldBe("4");
        Images(next, "f").ShouldBe(["0", "4"], ignoreOrder: true);
    }

    [Fact]
    public void An_image_shares_nothing_with_the_disk_that_it_came_from()
    {
        var disk = DiskWithFile("f", Filled(512, 1), out var file);
        var image = disk.Capture().Everything();
        file.Write(0, Filled(512, 2));
        using (var other = image.Open("f", DiskAccess.Write))
            other.Write(0, Filled(512, 3));

        Digits(disk.Content("f")).ShouldBe("2");
        Digits(image.Content("f")).ShouldBe("3");
    }

    internal static SimulatedDisk DiskWithFile(string name, byte[] content, out IDiskFile file)
    {
        var disk = new SimulatedDisk();
        file = disk.Create(name);
        file.Write(0, content);
        file.Flush();
        disk.FlushDirectory(string.Empty);
        return disk;
    }

    internal static byte[] Filled(int length, byte value)
    {
        var bytes = new byte[length];
        bytes.AsSpan().Fill(value);
        return bytes;
    }

    /// <summary>One digit per sector.</summary>
    internal static string Digits(byte[] content) =>
        string.Concat(Enumerable.Range(0, SectorMap.SectorCount(content.Length)).Select(i => (char)('0' + content[i * 512])));

    private static List<string> Images(SimulatedDisk disk, string name) =>
        [.. disk.Capture().Images(new Random(1)).Where(image => image.Exists(name)).Select(image => Digits(image.Content(name)))];

    private static List<string> Names(SimulatedDisk disk) =>
        [.. disk.Capture().Images(new Random(1)).Select(image => string.Join(' ', image.Files().Select(file => file.Name)))];
}
