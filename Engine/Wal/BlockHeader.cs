using System.Buffers.Binary;

namespace Orleans.Log.Engine.Wal;

/// <summary>Header of a block (docs/FORMAT.md §4).</summary>
/// <param name="InFlightBound">Most blocks that may have been in flight at once when this one was written.</param>
/// <param name="RecordsDigest">CRC of the records' header checksums, in order.</param>
/// <param name="WalId">The WAL.</param>
/// <param name="File">File sequence.</param>
/// <param name="Sequence">Block sequence.</param>
/// <param name="Offset">Offset of the block in the file.</param>
/// <param name="Length">Bytes used, header included.</param>
/// <param name="Count">Records; 0 = a mark.</param>
/// <param name="PreviousHeader">Header CRC of the previous block.</param>
/// <param name="DurableThrough">Highest block sequence known durable when this block was closed.</param>
internal readonly record struct BlockHeader(
    int InFlightBound,
    uint RecordsDigest,
    Guid WalId,
    long File,
    long Sequence,
    uint Offset,
    int Length,
    int Count,
    uint PreviousHeader,
    long DurableThrough)
{
    private const uint Magic = 0x4B424C4F; // "OLBK"
    private const int ChecksumAt = 8;

    /// <summary>Bytes that the block takes in the file.</summary>
    public int PaddedLength => WalFormat.PadToSector(Length);

    /// <summary>Where the block starts.</summary>
    public WalPosition Position => new(File, Offset);

    /// <summary>Writes the header and returns its CRC.</summary>
    public uint WriteTo(Span<byte> destination)
    {
        var bytes = destination[..WalFormat.BlockHeaderBytes];
        bytes.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[4..], WalFormat.Version);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[6..], (ushort)InFlightBound);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[12..], RecordsDigest);
        WalIds.Write(WalId, bytes[16..]);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[32..], File);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[40..], Sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[48..], Offset);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[52..], Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[56..], Count);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[60..], PreviousHeader);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[64..], DurableThrough);
        var checksum = Crc32C.Of(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[ChecksumAt..], checksum);
        return checksum;
    }

    /// <summary>Could a block's header start here? Cheap, for passing over what is none.</summary>
    public static bool StartsLikeOne(ReadOnlySpan<byte> source) => BinaryPrimitives.ReadUInt32LittleEndian(source) == Magic;

    /// <summary>
    /// Reads a header whose own checksum holds and whose numbers keep their bounds. Says nothing yet about whether it is in its place:
    /// see <see cref="IsAt"/>.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out BlockHeader header, out uint checksum)
    {
        header = default;
        checksum = BinaryPrimitives.ReadUInt32LittleEndian(source[ChecksumAt..]);
        if (!StartsLikeOne(source) || BinaryPrimitives.ReadUInt16LittleEndian(source[4..]) != WalFormat.Version)
            return false;

        var state = Crc32C.Add(Crc32C.Add(Crc32C.Start, source[..ChecksumAt]), 0u);
        if (Crc32C.Finish(Crc32C.Add(state, source[(ChecksumAt + 4)..WalFormat.BlockHeaderBytes])) != checksum)
            return false;

        header = new BlockHeader(
            BinaryPrimitives.ReadUInt16LittleEndian(source[6..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[12..]),
            WalIds.Read(source[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[40..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[48..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[52..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[56..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[60..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[64..]));
        return header.KeepsBounds;
    }

    /// <summary>Was the block written to this WAL, file and offset, and does it end within the file?</summary>
    public bool IsAt(Guid walId, long file, long offset, long fileSize) =>
        WalId == walId && File == file && Offset == offset && offset + PaddedLength <= fileSize;

    private bool KeepsBounds =>
        InFlightBound is >= 1 and <= WalFormat.LargestInFlight
        && Sequence > 0
        && DurableThrough >= 0
        && DurableThrough < Sequence
        && Length is >= WalFormat.BlockHeaderBytes and <= WalFormat.LargestBlock
        && Count >= 0
        && Count <= (Length - WalFormat.BlockHeaderBytes) / WalFormat.EntryHeaderBytes;
}
