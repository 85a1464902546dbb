using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Format;

/// <summary>The bytes of docs/FORMAT.md §2–5. The files were written by an independent program from that page.</summary>
public sealed class WalGoldenTests
{
    private static readonly Guid NodeId = new("10111213-1415-1617-1819-1a1b1c1d1e1f");
    private static readonly Guid WalId = new("a0a1a2a3-a4a5-a6a7-a8a9-aaabacadaeaf");
    private static readonly WalPlace Place = WalPlace.Of(WalId, 3, WalSabotage.None);

    private static readonly ControlSlot Slot = new()
    {
        Sequence = 7,
        Clean = true,
        FileSizeMiB = 64,
        NodeId = NodeId,
        WalId = WalId,
        FirstFile = 3,
        DurableThrough = 1234,
        Checkpoint = new WalCheckpoint(5, new WalPosition(3, 20480), new WalDigest(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray())),
        FirstBlock = 900,
        FirstPrevious = 0xCAFEBABE,
        LastFile = 6,
        RecordsEnd = new WalPosition(4, 36864),
    };

    private static readonly WalEntry Append = new(
        WalEntryType.Append, WalEntryFlags.None, StreamId.FromBytes([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]), 4, 2, 1, 41, 9, 1_700_000_000_123);

    private static readonly WalEntry Trim = new(WalEntryType.Trim, WalEntryFlags.None, new StreamId(UInt128.MaxValue), 4, 2, 0, 42, 10, 1_700_000_000_456);

    [Fact]
    public void The_checksum_is_CRC_32C() => Crc32C.Of("123456789"u8).ShouldBe(0xE3069283);

    [Fact]
    public void A_control_slot_is_written_and_read_as_published()
    {
        var golden = Sector("Format/control-slot-2.hex");
        var sector = Dirty(4096);
        Slot.WriteTo(sector);
        sector.ShouldBe(golden);
        ControlSlot.TryRead(golden, out var version).ShouldBe(Slot);
        version.ShouldBe(2);
    }

    [Fact]
    public void A_control_slot_of_version_1_is_read()
    {
        ControlSlot.TryRead(Sector("Format/control-slot-1.hex"), out var version)
            .ShouldBe(Slot with { LastFile = 0, RecordsEnd = WalPosition.None });
        version.ShouldBe(1);
    }

    [Fact]
    public void A_file_header_is_written_and_read_as_published()
    {
        var golden = Sector("Format/wal-file-header-1.hex");
        var sector = Dirty(4096);
        new WalFileHeader(64, WalId, 3).WriteTo(sector);
        sector.ShouldBe(golden);
        WalFileHeader.TryRead(golden, out var header, out var version).ShouldBeTrue();
        header.ShouldBe(new WalFileHeader(64, WalId, 3));
        version.ShouldBe(1);
    }

    [Fact]
    public void A_block_with_records_is_written_and_read_as_published()
    {
        var golden = Golden.Read("Format/block-1.hex");
        var header = new BlockHeader(4, Digest(golden, 96, 96 + 88), WalId, 3, 1001, 20480, golden.Length, 2, 0x11223344, 998);

        var block = Dirty(golden.Length);
        var first = Golden.Read("Format/block-1.hex").AsSpan(96 + 72, 13).ToArray();
        WriteRecord(block, 96, Append, first);
        WriteRecord(block, 96 + 88, Trim, [40, 0, 0, 0, 0, 0, 0, 0]);
        header.WriteTo(block);
        block.ShouldBe(golden);

        BlockHeader.TryRead(golden, out var read, out _).ShouldBeTrue();
        read.ShouldBe(header);
        WalBlockCheck.Verify(golden, header, Place, WalSabotage.None).ShouldBe(WalBlockState.Whole);
        EntryHeader.TryRead(golden.AsSpan(96), Place, 20480 + 96, 1000, out var record).ShouldBeTrue();
        record.Entry.ShouldBe(Append);
        record.BodyLength.ShouldBe(13);
    }

    [Fact]
    public void A_mark_chains_to_the_block_before_it_and_vouches_for_it()
    {
        BlockHeader.TryRead(Golden.Read("Format/block-1.hex"), out _, out var checksum).ShouldBeTrue();
        var header = new BlockHeader(4, Crc32C.Of([]), WalId, 3, 1002, 20480 + 4096, 96, 0, checksum, 1001);
        var mark = Dirty(96);
        header.WriteTo(mark);
        mark.ShouldBe(Golden.Read("Format/mark-1.hex"));
    }

    [Theory]
    [InlineData("Format/control-slot-1.hex", 4096)]
    [InlineData("Format/control-slot-2.hex", 4096)]
    [InlineData("Format/wal-file-header-1.hex", 4096)]
    [InlineData("Format/mark-1.hex", 96)]
    public void No_bit_of_a_header_can_flip_unseen(string file, int length)
    {
        var bytes = new byte[length];
        Golden.Read(file).CopyTo(bytes, 0);
        for (var bit = 0; bit < 8 * length; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Readable(file, bytes).ShouldBeFalse($"bit {bit}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Readable(file, bytes).ShouldBeTrue();
    }

    [Fact]
    public void A_record_does_not_verify_at_another_offset_in_another_file_or_in_another_WAL()
    {
        var golden = Golden.Read("Format/block-1.hex").AsSpan(96);
        EntryHeader.TryRead(golden, Place, 20480 + 96, 1000, out _).ShouldBeTrue();
        EntryHeader.TryRead(golden, Place, 20480 + 104, 1000, out _).ShouldBeFalse();
        EntryHeader.TryRead(golden, WalPlace.Of(WalId, 4, WalSabotage.None), 20480 + 96, 1000, out _).ShouldBeFalse();
        EntryHeader.TryRead(golden, WalPlace.Of(NodeId, 3, WalSabotage.None), 20480 + 96, 1000, out _).ShouldBeFalse();
    }

    [Fact]
    public void A_length_beyond_the_room_is_not_believed() =>
        EntryHeader.TryRead(Golden.Read("Format/block-1.hex").AsSpan(96), Place, 20480 + 96, 80, out _).ShouldBeFalse();

    [Fact]
    public void A_slot_of_a_newer_version_says_so()
    {
        var golden = Sector("Format/control-slot-2.hex");
        golden[4] = 3;
        ControlSlot.TryRead(golden, out var version).ShouldBeNull();
        version.ShouldBe(3);
    }

    [Theory]
    [InlineData(1, "wal/0000000000000001.wal")]
    [InlineData(4_000_000_000, "wal/0000004000000000.wal")]
    public void A_file_is_named_by_its_sequence(long sequence, string name)
    {
        WalFileName.Of(sequence).ShouldBe(name);
        WalFileName.TryParse(name["wal/".Length..], out var parsed).ShouldBeTrue();
        parsed.ShouldBe(sequence);
    }

    [Theory]
    [InlineData("1.wal")]
    [InlineData("0000000000000000.wal")]
    [InlineData("-000000000000001.wal")]
    [InlineData("0000000000000001.wal.tmp")]
    [InlineData("000000000000000x.wal")]
    public void Other_names_are_not_WAL_files(string name) => WalFileName.TryParse(name, out _).ShouldBeFalse();

    private static bool Readable(string file, byte[] bytes) =>
        file.Contains("control", StringComparison.Ordinal) ? ControlSlot.TryRead(bytes, out _) is not null
        : file.Contains("file", StringComparison.Ordinal) ? WalFileHeader.TryRead(bytes, out _, out _)
        : BlockHeader.TryRead(bytes, out _, out _);

    private static void WriteRecord(byte[] block, int at, in WalEntry entry, byte[] body)
    {
        block.AsSpan(at, WalFormat.PadToEntry(72 + body.Length)).Clear();
        body.CopyTo(block, at + 72);
        EntryHeader.Write(block.AsSpan(at), entry, body.Length, Crc32C.Of(body), Place, 20480 + (uint)at);
    }

    private static uint Digest(byte[] block, params int[] records) => Crc32C.Of([.. records.SelectMany(at => block[at..(at + 4)])]);

    private static byte[] Sector(string file)
    {
        var sector = new byte[4096];
        Golden.Read(file).CopyTo(sector, 0);
        return sector;
    }

    private static byte[] Dirty(int length)
    {
        var bytes = new byte[length];
        bytes.AsSpan().Fill(0xEE);
        return bytes;
    }
}
