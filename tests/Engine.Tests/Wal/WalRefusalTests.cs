using System.Buffers.Binary;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Wal;

/// <summary>Directories that are not opened, and that nothing in them is changed by the attempt.</summary>
public sealed class WalRefusalTests
{
    private readonly SimulatedDisk _disk = new();

    [Theory]
    [InlineData("control.a")]
    [InlineData("control.b")]
    public void An_unreadable_control_slot_is_refused_because_it_may_have_been_the_newer(string slot)
    {
        Format();
        _disk.FlipBit(slot, 300, 0);
        Refused(DataDirectoryProblem.UnreadableControlSlot);
    }

    [Theory]
    [InlineData("control.a")]
    [InlineData("control.b")]
    public void A_missing_control_slot_is_refused(string slot)
    {
        Format();
        _disk.Delete(slot);
        Refused(DataDirectoryProblem.UnreadableControlSlot);
    }

    [Fact]
    public void A_directory_from_a_newer_version_is_refused_and_the_message_names_both()
    {
        Format();
        _disk.Overwrite("control.a", 4, [7, 0]);
        var message = Refused(DataDirectoryProblem.NewerVersion).Message;
        message.ShouldContain("version 7");
        message.ShouldContain("version 2");
    }

    [Fact]
    public void A_missing_WAL_file_is_refused()
    {
        Format(files: 3);
        _disk.Delete("wal/0000000000000002.wal");
        Refused(DataDirectoryProblem.MissingFile);
    }

    [Fact]
    public void A_missing_last_WAL_file_is_refused_if_something_acknowledged_was_in_it()
    {
        var files = Format(files: 3);
        foreach (var file in files.Where(file => string.CompareOrdinal(file, "wal/0000000000000003") > 0))
            _disk.Delete(file);

        Refused(DataDirectoryProblem.MissingFile);
    }

    [Fact]
    public void All_WAL_files_missing_is_refused()
    {
        foreach (var file in Format())
            _disk.Delete(file);

        Refused(DataDirectoryProblem.MissingFile);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4096)]
    [InlineData(20 * 1024)]
    [InlineData((1024 * 1024) - 4096)]
    public void A_short_WAL_file_is_refused_by_name_with_both_lengths(long length)
    {
        Format(files: 2);
        _disk.Truncate("wal/0000000000000002.wal", length);
        Refused(DataDirectoryProblem.ShortFile).Message.ShouldContain($"'wal/0000000000000002.wal' has {length} bytes of 1048576");
    }

    [Fact]
    public void WAL_files_missing_before_a_first_checkpoint_are_refused_after_a_kill()
    {
        var wal = WalFixture.Open(_disk, WalFixture.Options(threads: false));
        wal.Add(1, 1, [1]);
        wal.Pump();
        var disk = _disk.AfterProcessDeath();
        disk.Delete("wal/0000000000000001.wal");
        Should.Throw<DataDirectoryException>(() => WalFixture.Open(disk, WalFixture.Options(threads: false)))
            .Problem.ShouldBe(DataDirectoryProblem.MissingFile);
    }

    [Fact]
    public void Every_missing_or_short_file_is_named()
    {
        Format(files: 4);
        _disk.Delete("wal/0000000000000002.wal");
        _disk.Truncate("wal/0000000000000003.wal", 7 * 4096);
        var message = Refused(DataDirectoryProblem.MissingFile).Message;
        message.ShouldContain("'wal/0000000000000002.wal' is missing");
        message.ShouldContain("'wal/0000000000000003.wal' has 28672 bytes");
    }

    [Fact]
    public void A_prepared_file_is_used_only_after_the_slot_named_it()
    {
        var wal = WalFixture.Open(_disk, WalFixture.Options(threads: false));
        _disk.Faults.PlanAlways(DiskCall.Rename, DiskFault.Full, "control");
        wal.PrepareStep().ShouldBeFalse("a file that no slot names could go without a trace");
        wal.State.ShouldBe(WalAdmission.Admitted);
        _disk.Faults.Clear();
        wal.PrepareStep().ShouldBeTrue();
        wal.SizeBytes.ShouldBe(2 * wal.FileSize);
    }

    [Fact]
    public void A_directory_of_the_older_program_is_opened_and_protected_from_then_on()
    {
        Format(files: 2);
        var last = _disk.Files().Count(file => file.Name.EndsWith(".wal", StringComparison.Ordinal));
        foreach (var slot in ControlFile.SlotNames)
            _disk.Overwrite(slot, 0, Older(_disk.Content(slot)));

        WalFixture.Open(_disk, WalFixture.Options(threads: false)).Dispose();
        _disk.Delete($"wal/{last:d16}.wal");
        Refused(DataDirectoryProblem.MissingFile);
    }

    [Fact]
    public void A_file_of_another_WAL_is_refused()
    {
        Format();
        var other = new SimulatedDisk();
        WalFixture.Open(other, WalFixture.Options(threads: false)).Dispose();
        _disk.Overwrite("wal/0000000000000001.wal", 0, other.Content("wal/0000000000000001.wal")[..4096]);
        Refused(DataDirectoryProblem.ForeignFile);
    }

    [Theory]
    [InlineData("wal/0000000000000001.wal")]
    [InlineData("wal/0000000000000002.wal.tmp")]
    [InlineData("checkpoint/0000000000000001.ckpt")]
    [InlineData("store")]
    [InlineData("cluster")]
    public void Remains_of_a_node_without_control_slots_are_not_empty(string remains)
    {
        Keep(remains);

        var message = Refused(DataDirectoryProblem.UnreadableControlSlot).Message;

        message.ShouldContain(remains);
        message.ShouldContain("'control.a' and 'control.b'");
    }

    [Fact]
    public void Second_slot_missing_beside_a_log_is_named()
    {
        Keep("wal/0000000000000001.wal");
        using (var slot = _disk.Create("control.a"))
            slot.Write(0, FirstSlot());

        var message = Refused(DataDirectoryProblem.UnreadableControlSlot).Message;

        message.ShouldContain("lost 'control.b' and");
    }

    [Fact]
    public void A_folder_of_somebody_else_is_refused_by_name()
    {
        Keep("photos/1.jpg");

        Refused(DataDirectoryProblem.NotOurs).Message.ShouldContain("'photos'");
    }

    [Theory]
    [InlineData("lost+found/x")]
    [InlineData(".snapshot/x")]
    [InlineData("cache/0000000000000001")]
    public void What_a_file_system_puts_into_its_root_is_no_obstacle(string name)
    {
        Keep(name);

        WalFixture.Open(_disk, WalFixture.Options(threads: false)).Dispose();
    }

    [Fact]
    public void A_node_that_is_made_beside_us_is_not_taken_for_something_else()
    {
        // A look at any moment of a formatting, without the lock, as a second process may take it.
        _disk.Observer = _ => Should.NotThrow(() => WalDirectory.RequireSlotsOrEmpty(_disk));
        WalFixture.Open(_disk, WalFixture.Options(threads: false)).Dispose();
    }

    [Fact]
    public void A_second_opening_is_refused()
    {
        using var wal = WalFixture.Open(_disk, WalFixture.Options(threads: false)); // so that it prepares no file meanwhile
        Refused(DataDirectoryProblem.InUse);
    }

    [Fact]
    public void A_formatting_that_was_interrupted_at_any_point_starts_again()
    {
        var points = new List<CrashPoint>();
        _disk.Observer = operation =>
        {
            if (operation.Name.StartsWith("control", StringComparison.Ordinal) || operation.Call == DiskCall.FlushDirectory)
                points.Add(_disk.Capture());
        };
        WalFixture.Open(_disk, WalFixture.Options(threads: false)).Dispose();
        points.Count.ShouldBeGreaterThan(10);
        foreach (var image in points.SelectMany(point => point.Images(new Random(1), 32)))
        {
            using var wal = WalFixture.Open(image, WalFixture.Options(threads: false));
            wal.Add(1, 1, [1]);
            wal.Pump();
            wal.ReadAll().Count.ShouldBe(1);
        }
    }

    // As version 1 wrote it (docs/FORMAT.md §2).
    private static byte[] Older(byte[] slot)
    {
        slot[4] = 1;
        slot.AsSpan(148, 20).Clear();
        slot.AsSpan(8, 4).Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(slot.AsSpan(8), Crc32C.Of(slot));
        return slot;
    }

    private void Keep(string name)
    {
        if (name.Contains('/'))
            _disk.CreateDirectory(name[..name.IndexOf('/')]);

        _disk.Create(name).Dispose();
    }

    private static byte[] FirstSlot()
    {
        var sector = new byte[4096];
        new ControlSlot { Sequence = 1, FileSizeMiB = 1, NodeId = Guid.NewGuid(), WalId = Guid.NewGuid() }.WriteTo(sector);
        return sector;
    }

    private List<string> Format(int files = 1)
    {
        using (var wal = WalFixture.Open(_disk, WalFixture.Options(threads: false)))
        {
            for (var entry = 1; entry == 1 || wal.End.File < files; entry++)
            {
                wal.PrepareStep();
                wal.Add(1, entry, new byte[60_000]);
                wal.Pump();
            }
        }

        return [.. _disk.Files().Select(file => file.Name).Where(name => name.EndsWith(".wal", StringComparison.Ordinal))];
    }

    private DataDirectoryException Refused(DataDirectoryProblem problem)
    {
        var before = _disk.Files();
        var error = Should.Throw<DataDirectoryException>(() => WalFixture.Open(_disk, WalFixture.Options(threads: false)));
        error.Problem.ShouldBe(problem);
        _disk.Files().Where(file => file.Name != "lock").ShouldBe(before.Where(file => file.Name != "lock"));
        return error;
    }
}
