using System.Buffers.Binary;
using System.Globalization;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Blobs;

/// <summary>
/// The first bytes of a blob's file (docs/FORMAT.md §16). The counter orders the contents of a name for people; the random mark sets a content apart from
/// one with the same counter that was deleted before.
/// </summary>
/// <param name="Counter">1 for a new blob, one more with every replacement.</param>
/// <param name="Mark">Random.</param>
/// <param name="ContentLength">Bytes behind the header.</param>
internal readonly record struct BlobFileHeader(ulong Counter, ulong Mark, long ContentLength)
{
    public const int Length = 64;
    public const int FormatVersion = 1;

    private const uint Magic = 0x4C424C4F; // "OLBL"

    public BlobVersion Version => new(string.Create(CultureInfo.InvariantCulture, $"{Counter:x}-{Mark:x16}"));

    /// <summary>The counter of a version that <see cref="Version"/> made; null for any other.</summary>
    public static ulong? CounterOf(BlobVersion version) =>
        version.Tag is { } tag && tag.IndexOf('-', StringComparison.Ordinal) is > 0 and var dash
        && ulong.TryParse(tag.AsSpan(0, dash), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var counter)
            ? counter
            : null;

    public void WriteTo(Span<byte> destination)
    {
        destination = destination[..Length];
        destination.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(destination, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[4..], FormatVersion);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], Counter);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], Mark);
        BinaryPrimitives.WriteInt64LittleEndian(destination[32..], ContentLength);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], Crc32C.Of(destination));
    }

    /// <summary>Reads the header of a file of this length; null and a reason, to end a sentence about the file, if it is not a whole blob of a known format.</summary>
    public static BlobFileHeader? TryRead(ReadOnlySpan<byte> source, long fileLength, out string reason)
    {
        reason = string.Empty;
        if (source.Length < Length || BinaryPrimitives.ReadUInt32LittleEndian(source) != Magic)
            return Refuse("does not begin like a blob of this store", out reason);

        // The version comes before the checksum: another version may have put the checksum elsewhere.
        var version = BinaryPrimitives.ReadUInt16LittleEndian(source[4..]);
        if (version != FormatVersion)
            return Refuse($"has format version {version}, and this version of the software knows {FormatVersion}", out reason);

        Span<byte> copy = stackalloc byte[Length];
        source[..Length].CopyTo(copy);
        copy.Slice(8, 4).Clear();
        if (BinaryPrimitives.ReadUInt32LittleEndian(source[8..]) != Crc32C.Of(copy))
            return Refuse("has a header whose checksum does not hold", out reason);

        var header = new BlobFileHeader(
            BinaryPrimitives.ReadUInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[32..]));
        return header.ContentLength == fileLength - Length
            ? header
            : Refuse($"has {fileLength - Length} bytes of content where its header says {header.ContentLength}", out reason);
    }

    private static BlobFileHeader? Refuse(string why, out string reason)
    {
        reason = why;
        return null;
    }
}
