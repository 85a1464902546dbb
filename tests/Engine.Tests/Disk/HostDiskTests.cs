using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Tests.Disk;

/// <summary>The disk of the operating system that the suite runs on.</summary>
public sealed class HostDiskTests : IDisposable
{
    private readonly string _root = Path.Combine(Path.GetTempPath(), "olog-disk-" + Guid.NewGuid().ToString("n"));
    private readonly IDisk _disk;

    public HostDiskTests() => _disk = HostDisk.Open(_root);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData(DiskAccess.Write)]
    [InlineData(DiskAccess.WriteDurable)]
    [InlineData(DiskAccess.WriteDirect)]
    public void What_is_written_is_read_by_every_kind_of_reading(DiskAccess access)
    {
        var bytes = Fill(new AlignedBuffer(8192));
        using (var created = _disk.Create("file"))
        {
            created.Write(0, new byte[16384]);
            created.Flush();
        }

        using (var file = _disk.Open("file", access))
        {
            file.Write(4096, bytes.Span);
            if (!file.WritesAreDurable)
                file.Flush();

            file.Length.ShouldBe(16384);
        }

        foreach (var reading in new[] { DiskAccess.Read, DiskAccess.ReadDevice })
        {
            var back = new AlignedBuffer(8192);
            using var file = _disk.Open("file", reading);
            file.Read(4096, back.Span).ShouldBe(8192);
            back.Span.SequenceEqual(bytes.Span).ShouldBeTrue();
        }
    }

    [Fact]
    public void A_read_is_short_only_at_the_end_of_the_file()
    {
        using (var file = _disk.Create("file"))
            file.Write(0, new byte[5000]);

        using var read = _disk.Open("file", DiskAccess.Read);
        read.Read(4096, new byte[4096]).ShouldBe(904);
        read.Read(8192, new byte[10]).ShouldBe(0);
    }

    [Fact]
    public void A_missing_file_is_not_found() =>
        Should.Throw<DiskException>(() => _disk.Open("nothing", DiskAccess.Read)).Failure.ShouldBe(DiskFailure.NotFound);

    [Fact]
    public void Writing_to_a_file_that_is_open_for_reading_fails_and_says_so()
    {
        _disk.Create("file").Dispose();
        using var file = _disk.Open("file", DiskAccess.Read);
        var error = Should.Throw<DiskException>(() => file.Write(0, new byte[10]));
        error.ErrorNumber.ShouldNotBe(0);
        error.Message.ShouldContain("file");
    }

    [Fact]
    public void A_lock_is_exclusive_until_it_is_released()
    {
        using (_disk.Lock("lock"))
            Should.Throw<DiskException>(() => HostDisk.Open(_root).Lock("lock")).Failure.ShouldBe(DiskFailure.Locked);

        _disk.Lock("lock").Dispose();
    }

    [Fact]
    public void Files_are_listed_renamed_and_deleted_and_directories_flushed()
    {
        _disk.CreateDirectory("wal");
        _disk.Create("wal/b").Dispose();
        _disk.Create("wal/a").Dispose();
        _disk.Create("wal/c").Dispose();
        _disk.Rename("wal/c", "wal/a");
        _disk.Delete("wal/nothing");
        _disk.FlushDirectory("wal");
        _disk.FlushDirectory("");
        _disk.List("wal").ShouldBe(["a", "b"]);
        _disk.List("none").ShouldBeEmpty();
        _disk.Delete("wal/b");
        _disk.Exists("wal/b").ShouldBeFalse();
        _disk.FreeBytes.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void A_directory_that_does_not_exist_is_not_made_by_looking_at_it() =>
        Should.Throw<DiskException>(() => HostDisk.OpenExisting(_root + "-none")).Failure.ShouldBe(DiskFailure.NotFound);

    [Fact]
    public void A_flush_that_fails_is_seen_to_fail()
    {
        if (OperatingSystem.IsLinux())
            LinuxFile.ProveThatFailedFlushesAreSeen();
        else
            PortableFile.ProveThatFailedFlushesAreSeen();
    }

    [Fact]
    public void A_full_device_is_reported_as_full()
    {
        if (!File.Exists("/dev/full"))
            return;

        File.CreateSymbolicLink(Path.Combine(_root, "full"), "/dev/full");
        using var file = _disk.Open("full", DiskAccess.Write);
        Should.Throw<DiskException>(() => file.Write(0, new byte[10])).Failure.ShouldBe(DiskFailure.Full);
    }

    [Fact]
    public void Aligned_memory_starts_at_a_multiple_of_4096()
    {
        for (var i = 0; i < 20; i++)
        {
            unsafe
            {
                fixed (byte* start = new AlignedBuffer(4096).Span)
                    ((nint)start % 4096).ShouldBe(0);
            }
        }
    }

    [Fact]
    public void The_disk_for_other_systems_does_the_same_but_for_durable_writes()
    {
        var disk = new PortableDisk(_root);
        using (var file = disk.Create("portable"))
            file.Write(0, [1, 2, 3]);

        using (var file = disk.Open("portable", DiskAccess.ReadDevice))
        {
            var back = new byte[4];
            file.Read(0, back).ShouldBe(3);
            back.ShouldBe([1, 2, 3, 0]);
        }

        Should.Throw<DiskException>(() => disk.Open("portable", DiskAccess.WriteDurable)).Failure.ShouldBe(DiskFailure.Unsupported);
        Should.Throw<DiskException>(() => disk.Open("portable", DiskAccess.WriteDirect)).Failure.ShouldBe(DiskFailure.Unsupported);
        Should.Throw<DiskException>(() => disk.Open("nothing", DiskAccess.Read)).Failure.ShouldBe(DiskFailure.NotFound);
        using (disk.Lock("portable-lock"))
            Should.Throw<DiskException>(() => disk.Lock("portable-lock")).Failure.ShouldBe(DiskFailure.Locked);
    }

    private static AlignedBuffer Fill(AlignedBuffer buffer)
    {
        new Random(5).NextBytes(buffer.Span);
        return buffer;
    }
}
