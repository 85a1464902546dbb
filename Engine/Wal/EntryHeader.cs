using System.Buffers.Binary;

namespace Orleans.Log.Engine.Wal;

/// <summary>Header of a record (docs/FORMAT.md §5).</summary>
internal static class EntryHeader
{
    private const ushort BodyVersion = 1;
    private const int BodyChecksumAt = 4;

    /// <summary>Writes the header of a record at an offset of a file, and returns its checksum.</summary>
    public static uint Write(Span<byte> destination, in WalEntry entry, int bodyLength, uint bodyChecksum, in WalPlace place, uint offset)
    {
        var bytes = destination[..WalFormat.EntryHeaderBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[BodyChecksumAt..], bodyChecksum);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], WalFormat.EntryHeaderBytes + bodyLength);
        bytes[12] = (byte)entry.Type;
        bytes[13] = (byte)entry.Flags;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[14..], BodyVersion);
        entry.Stream.WriteTo(bytes[16..]);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[32..], entry.Term);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[40..], entry.Generation);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[44..], entry.Count);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[48..], entry.Lsn);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[56..], entry.Entry);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[64..], entry.Timestamp);
        var checksum = Crc32C.Finish(Crc32C.Add(place.At(offset), bytes[BodyChecksumAt..]));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, checksum);
        return checksum;
    }

    /// <summary>
    /// Reads the header of a record that stands at an offset of a file, if its checksum holds there and it ends within <paramref name="room"/> bytes.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> source, in WalPlace place, uint offset, long room, out EntryView view)
    {
        view = default;
        if (source.Length < WalFormat.EntryHeaderBytes)
            return false;

        var checksum = BinaryPrimitives.ReadUInt32LittleEndian(source);
        if (Crc32C.Finish(Crc32C.Add(place.At(offset), source[BodyChecksumAt..WalFormat.EntryHeaderBytes])) != checksum)
            return false;

        var length = BinaryPrimitives.ReadInt32LittleEndian(source[8..]);
        if (length < WalFormat.EntryHeaderBytes || length > room || BinaryPrimitives.ReadUInt16LittleEndian(source[14..]) != BodyVersion)
            return false;

        view = new EntryView(
            new WalEntry(
                (WalEntryType)source[12],
                (WalEntryFlags)source[13],
                StreamId.FromBytes(source[16..]),
                BinaryPrimitives.ReadInt64LittleEndian(source[32..]),
                BinaryPrimitives.ReadInt32LittleEndian(source[40..]),
                BinaryPrimitives.ReadInt32LittleEndian(source[44..]),
                BinaryPrimitives.ReadInt64LittleEndian(source[48..]),
                BinaryPrimitives.ReadInt64LittleEndian(source[56..]),
                BinaryPrimitives.ReadInt64LittleEndian(source[64..])),
            length,
            checksum,
            BinaryPrimitives.ReadUInt32LittleEndian(source[BodyChecksumAt..]));
        return true;
    }
}

/// <summary>A record's header as read: the entry, the length with its header, and the two checksums.</summary>
internal readonly record struct EntryView(WalEntry Entry, int Length, uint HeaderChecksum, uint BodyChecksum)
{
    /// <summary>Length of the body.</summary>
    public int BodyLength => Length - WalFormat.EntryHeaderBytes;

    /// <summary>Bytes to where the next record may start.</summary>
    public int PaddedLength => WalFormat.PadToEntry(Length);
}
