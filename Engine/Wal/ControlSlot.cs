using System.Buffers.Binary;

namespace Orleans.Log.Engine.Wal;

/// <summary>One control slot (docs/FORMAT.md §2).</summary>
internal sealed record ControlSlot
{
    /// <summary>Version that is written; version 1 lacks <see cref="LastFile"/> and <see cref="RecordsEnd"/> and is read as well.</summary>
    public const int Version = 2;

    private const uint Magic = 0x54434C4F; // "OLCT"
    private const int ChecksumAt = 8;
    private const ushort CleanFlag = 1;

    /// <summary>Slot sequence.</summary>
    public required long Sequence { get; init; }

    /// <summary>The node was shut down cleanly and wrote nothing since.</summary>
    public bool Clean { get; init; }

    /// <summary>WAL file size in MiB.</summary>
    public required int FileSizeMiB { get; init; }

    /// <summary>Node id.</summary>
    public required Guid NodeId { get; init; }

    /// <summary>WAL id.</summary>
    public required Guid WalId { get; init; }

    /// <summary>Cluster id; empty = none.</summary>
    public Guid ClusterId { get; init; }

    /// <summary>Sequence of the oldest WAL file that still counts.</summary>
    public long FirstFile { get; init; } = 1;

    /// <summary>A block sequence known durable when the slot was written.</summary>
    public long DurableThrough { get; init; }

    /// <summary>The checkpoint that counts.</summary>
    public WalCheckpoint Checkpoint { get; init; }

    /// <summary>Block sequence of the first block of <see cref="FirstFile"/>.</summary>
    public long FirstBlock { get; init; } = 1;

    /// <summary>Header CRC of the block before <see cref="FirstBlock"/>; 0 if there was none or it was lost.</summary>
    public uint FirstPrevious { get; init; }

    /// <summary>
    /// Highest file sequence that a block may have been written to; every file from <see cref="FirstFile"/> to it exists in its full size. 0 while there is
    /// none, and in version 1.
    /// </summary>
    public long LastFile { get; init; }

    /// <summary>End of the last durable block with records when the slot was written; <see cref="WalPosition.None"/> in version 1.</summary>
    public WalPosition RecordsEnd { get; init; }

    /// <summary>Writes one sector.</summary>
    public void WriteTo(Span<byte> sector)
    {
        var bytes = sector[..WalFormat.SectorBytes];
        bytes.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[4..], Version);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[6..], Clean ? CleanFlag : (ushort)0);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], FileSizeMiB);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], Sequence);
        WalIds.Write(NodeId, bytes[24..]);
        WalIds.Write(WalId, bytes[40..]);
        WalIds.Write(ClusterId, bytes[56..]);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[72..], FirstFile);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[80..], DurableThrough);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[88..], Checkpoint.Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[96..], Checkpoint.Position.Value);
        Checkpoint.Digest.WriteTo(bytes[104..]);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[136..], FirstBlock);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[144..], FirstPrevious);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[152..], LastFile);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[160..], RecordsEnd.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[ChecksumAt..], Crc32C.Of(bytes));
    }

    /// <summary>Reads a sector; null if it is no slot of a known version. <paramref name="version"/> is what it claims, 0 if it claims nothing.</summary>
    public static ControlSlot? TryRead(ReadOnlySpan<byte> sector, out int version)
    {
        version = 0;
        if (sector.Length != WalFormat.SectorBytes || BinaryPrimitives.ReadUInt32LittleEndian(sector) != Magic)
            return null;

        // Before the checksum: a newer version may cover other bytes with it.
        version = BinaryPrimitives.ReadUInt16LittleEndian(sector[4..]);
        var state = Crc32C.Add(Crc32C.Add(Crc32C.Start, sector[..ChecksumAt]), 0u);
        if (version is not (1 or Version)
            || Crc32C.Finish(Crc32C.Add(state, sector[(ChecksumAt + 4)..])) != BinaryPrimitives.ReadUInt32LittleEndian(sector[ChecksumAt..]))
            return null;

        return new ControlSlot
        {
            Sequence = BinaryPrimitives.ReadInt64LittleEndian(sector[16..]),
            Clean = (BinaryPrimitives.ReadUInt16LittleEndian(sector[6..]) & CleanFlag) != 0,
            FileSizeMiB = BinaryPrimitives.ReadInt32LittleEndian(sector[12..]),
            NodeId = WalIds.Read(sector[24..]),
            WalId = WalIds.Read(sector[40..]),
            ClusterId = WalIds.Read(sector[56..]),
            FirstFile = BinaryPrimitives.ReadInt64LittleEndian(sector[72..]),
            DurableThrough = BinaryPrimitives.ReadInt64LittleEndian(sector[80..]),
            Checkpoint = new WalCheckpoint(
                BinaryPrimitives.ReadInt64LittleEndian(sector[88..]),
                new WalPosition(BinaryPrimitives.ReadInt64LittleEndian(sector[96..])),
                new WalDigest(sector[104..])),
            FirstBlock = BinaryPrimitives.ReadInt64LittleEndian(sector[136..]),
            FirstPrevious = BinaryPrimitives.ReadUInt32LittleEndian(sector[144..]),
            LastFile = version == 1 ? 0 : BinaryPrimitives.ReadInt64LittleEndian(sector[152..]),
            RecordsEnd = version == 1 ? WalPosition.None : new WalPosition(BinaryPrimitives.ReadInt64LittleEndian(sector[160..])),
        };
    }
}
