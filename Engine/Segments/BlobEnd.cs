using System.Buffers.Binary;
using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Segments;

/// <summary>The last bytes of a segment or pack (docs/FORMAT.md §10), but for the digest.</summary>
/// <param name="Count">Number of runs or items.</param>
/// <param name="DirectoryOffset">Where the directory begins; where the end does if there is none.</param>
/// <param name="DirectoryChecksum">Its checksum.</param>
/// <param name="Length">Length of the blob.</param>
internal readonly record struct BlobEnd(int Count, int DirectoryOffset, uint DirectoryChecksum, long Length)
{
    /// <summary>Its length, digest included.</summary>
    public const int Size = 64;

    /// <summary>Length of the digest.</summary>
    public const int DigestLength = 32;

    private const uint Magic = 0x4E454C4F; // "OLEN"
    private const int ChecksumAt = 4;

    /// <summary>Writes all but the digest.</summary>
    public void Write(Span<byte> destination, in BlobPlace place)
    {
        var bytes = destination[..(Size - DigestLength)];
        var writer = new SpanWriter(bytes);
        writer.Int32((int)Magic);
        writer.Zero(4);
        writer.Int32(Count);
        writer.Int32(DirectoryOffset);
        writer.Int32((int)DirectoryChecksum);
        writer.Zero(4);
        writer.Int64(Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[ChecksumAt..], Checksum(bytes, place, Length));
    }

    /// <summary>Reads the last bytes of a blob of a known length; the digest is verified by who reads the whole.</summary>
    public static BlobEnd Read(ReadOnlySpan<byte> source, in BlobPlace place, long length)
    {
        StoreFormat.RequireLength(source.Length, Size, "the end of a blob");
        var bytes = source[..(Size - DigestLength)];
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic || BinaryPrimitives.ReadUInt32LittleEndian(bytes[ChecksumAt..]) != Checksum(bytes, place, length))
            throw new StoreFormatException(StoreFault.ChecksumMismatch, "The checksum of the end of a blob does not hold.");

        var reader = new SpanReader(bytes[8..]);
        var (count, directory, checksum) = (reader.Int32(), reader.Int32(), (uint)reader.Int32());
        reader.Take(4);
        var end = new BlobEnd(count, directory, checksum, reader.Int64());
        return end.Length == length && count > 0 && directory >= StoreFormat.HeaderLength && directory <= length - Size
            ? end
            : throw StoreFormat.Incoherent("The end of a blob does not agree with its length");
    }

    /// <summary>Checksum of a directory at its offset.</summary>
    public static uint ChecksumOf(ReadOnlySpan<byte> directory, in BlobPlace place, long offset) =>
        Crc32C.Finish(Crc32C.Add(place.At(offset), directory));

    private static uint Checksum(ReadOnlySpan<byte> bytes, in BlobPlace place, long length) =>
        Crc32C.Finish(Crc32C.Add(Crc32C.Add(place.At(length - Size), bytes[..ChecksumAt]), bytes[8..]));
}
