using System.Text;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Wal;

/// <summary>A scan whose reading and verifying is done by several threads finds what one on a single thread does, whatever it finds.</summary>
public sealed class WalReadAheadTests
{
    private static readonly WalReading[] Readings =
    [
        new(1, 64 * 1024),
        new(3, 4 * 1024),
        new(4, 200 * 1024),
        WalReading.Threaded,
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void However_it_is_read_a_scan_decides_the_same(int seed)
    {
        var whole = Written(seed);
        var random = new Random(seed);
        for (var round = 0; round < 25; round++)
        {
            var disk = whole.AfterProcessDeath();
            for (var wounds = random.Next(4); wounds > 0; wounds--)
                Wound(disk, random);

            var expected = Scan(disk, WalReading.Unthreaded);
            foreach (var reading in Readings)
                Scan(disk, reading).ShouldBe(expected, $"seed {seed}, round {round}, {reading}");
        }
    }

    [Fact]
    public void The_next_file_is_read_before_the_one_before_it_has_been_walked()
    {
        var written = Written(1);
        var disk = new MeetingDisk(written, ["wal/0000000000000001.wal", "wal/0000000000000002.wal"]);
        Scan(disk, new WalReading(2)).ShouldBe(Scan(written, WalReading.Unthreaded));
    }

    [Fact]
    public void A_bit_that_flips_on_its_way_through_another_thread_costs_nothing()
    {
        var disk = Written(2);
        var expected = Scan(disk, WalReading.Unthreaded);
        for (var read = 2; read < 12; read++)
        {
            var flipped = disk.AfterProcessDeath();
            flipped.Faults.Plan(DiskCall.Read, read, DiskFault.FlippedRead, ".wal");
            Scan(flipped, new WalReading(3, 64 * 1024)).ShouldBe(expected);
            flipped.Faults.Happened.ShouldBe(1);
        }
    }

    [Fact]
    public void A_file_that_cannot_be_read_fails_the_scan_and_leaves_no_thread_waiting()
    {
        var disk = Written(1);
        disk.Faults.PlanAlways(DiskCall.Read, DiskFault.Error, "wal/0000000000000003.wal");
        Should.Throw<DiskException>(() => Scan(disk, new WalReading(3)));
    }

    /// <summary>About five files of blocks of all sizes.</summary>
    private static SimulatedDisk Written(int seed)
    {
        var (disk, random) = (new SimulatedDisk(), new Random(seed));
        var wal = WalFixture.Open(disk, WalFixture.Options(threads: false));
        for (var entry = 1L; wal.End.File < 5; entry++)
        {
            wal.PrepareStep();
            wal.Add(1, entry, WalFixture.Body(1, entry, random.Next(3) == 0 ? random.Next(60_000) : random.Next(3_000)));
            if (random.Next(3) == 0)
                wal.Pump();
        }

        wal.Pump();
        return disk.AfterProcessDeath();
    }

    private static void Wound(SimulatedDisk disk, Random random)
    {
        var name = WalFileName.Of(random.Next(1, 6));
        var offset = random.Next(4096, 1024 * 1024 - 8192);
        switch (random.Next(3))
        {
            case 0:
                disk.FlipBit(name, offset, random.Next(8));
                break;
            case 1:
                disk.Overwrite(name, offset / 4096 * 4096, new byte[4096 * random.Next(1, 3)]);
                break;
            default:
                disk.FlipBit(name, offset / 4096 * 4096 + random.Next(WalFormat.BlockHeaderBytes), random.Next(8));
                break;
        }
    }

    /// <summary>Everything that a scan says.</summary>
    private static string Scan(IDisk disk, WalReading reading)
    {
        var (said, control) = (new Transcript(), new ControlFile(disk, WalSabotage.None).Load()!);
        try
        {
            using var scanner = new WalScanner(disk, control, WalDirectory.List(disk)[^1], said, reading, WalSabotage.None);
            var scan = scanner.Run();
            return $"{said.Text}{scan.Tail} {scan.Blocks} {scan.Marks} {scan.Bytes} {scan.Entries} {scan.DamagedEntries} {scan.DamagedBlocks} "
                + $"{scan.HeadersRepaired} {scan.CutBlocks} {scan.CutBytes} [{string.Join(' ', scan.Damage)}]";
        }
        catch (DataDirectoryException refusal)
        {
            return $"{said.Text}{refusal.Problem}: {refusal.Message}";
        }
    }

    private sealed class Transcript : IWalReplay
    {
        public StringBuilder Text { get; } = new();

        public void OnStart(WriteAheadLog wal, in WalCheckpoint checkpoint)
        {
        }

        public void OnEntry(WalPosition position, WalPosition next, in WalEntry entry, ReadOnlySpan<byte> body) =>
            Text.Append($"{position}-{next} {entry} {Crc32C.Of(body)}\n");

        public void OnDamagedEntry(WalPosition position, WalPosition next, in WalEntry entry) => Text.Append($"damaged {position}-{next} {entry}\n");

        public void OnDamage(WalPosition from, WalPosition to) => Text.Append($"lost {from}-{to}\n");
    }

    /// <summary>A disk on which the first reads of two files wait for each other.</summary>
    private sealed class MeetingDisk(IDisk disk, string[] names) : IDisk
    {
        private readonly Barrier _meeting = new(names.Length);
        private readonly HashSet<string> _expected = [.. names];

        public long FreeBytes => disk.FreeBytes;

        public IDisposable Lock(string name) => disk.Lock(name);

        public void CreateDirectory(string name) => disk.CreateDirectory(name);

        public IReadOnlyList<string> List(string directory) => disk.List(directory);

        public IReadOnlyList<string> ListDirectories(string directory) => disk.ListDirectories(directory);

        public bool Exists(string name) => disk.Exists(name);

        public IDiskFile Create(string name) => disk.Create(name);

        public IDiskFile Open(string name, DiskAccess access)
        {
            bool first;
            lock (_expected)
                first = _expected.Remove(name);

            return new MeetingFile(disk.Open(name, access), first ? _meeting : null);
        }

        public void Rename(string from, string to) => disk.Rename(from, to);

        public void Delete(string name) => disk.Delete(name);

        public void FlushDirectory(string name) => disk.FlushDirectory(name);

        private sealed class MeetingFile(IDiskFile file, Barrier? meeting) : IDiskFile
        {
            private int _met;

            public long Length => file.Length;

            public bool WritesAreDurable => file.WritesAreDurable;

            public void Write(long offset, ReadOnlySpan<byte> bytes) => file.Write(offset, bytes);

            public int Read(long offset, Span<byte> buffer)
            {
                if (Interlocked.Exchange(ref _met, 1) == 0)
                    meeting?.SignalAndWait(TimeSpan.FromSeconds(60)).ShouldBeTrue("the other file is read at the same time");

                return file.Read(offset, buffer);
            }

            public void Flush() => file.Flush();

            public void Dispose() => file.Dispose();
        }
    }
}
