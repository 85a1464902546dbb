using Orleans.Log.Engine.Checkpoints;

namespace Orleans.Log.Engine.Segments;

/// <summary>Header of a segment (docs/FORMAT.md §11) or a pack of snapshots (§12).</summary>
/// <param name="Place">Where it was written to be.</param>
/// <param name="Count">Number of its runs or items.</param>
/// <param name="WrittenAt">Milliseconds since 1970 UTC; for people.</param>
internal readonly record struct BlobHeader(BlobPlace Place, int Count, long WrittenAt)
{
    private const int Version = 1;
    private const uint SegmentMagic = 0x47534C4F; // "OLSG"
    private const uint PackMagic = 0x50534C4F; // "OLSP"

    /// <summary>Writes the header of a segment.</summary>
    public void WriteSegment(Span<byte> destination) => Write(destination, SegmentMagic);

    /// <summary>Writes the header of a pack.</summary>
    public void WritePack(Span<byte> destination) => Write(destination, PackMagic);

    /// <summary>Reads the header of a segment.</summary>
    public static BlobHeader ReadSegment(ReadOnlySpan<byte> source) => Read(source, SegmentMagic, "a segment");

    /// <summary>Reads the header of a pack.</summary>
    public static BlobHeader ReadPack(ReadOnlySpan<byte> source) => Read(source, PackMagic, "a pack of snapshots");

    private void Write(Span<byte> destination, uint magic)
    {
        var bytes = destination[..StoreFormat.HeaderLength];
        bytes.Clear();
        var writer = new SpanWriter(bytes[12..]);
        writer.Int32(Count);
        writer.Id(Place.Store);
        writer.Id(Place.Blob.Node);
        writer.Int64(Place.Blob.Attempt);
        writer.Int64(WrittenAt);
        StoreFormat.Seal(bytes, magic, Version);
    }

    private static BlobHeader Read(ReadOnlySpan<byte> source, uint magic, string what)
    {
        if (source.Length > StoreFormat.HeaderLength)
            source = source[..StoreFormat.HeaderLength];

        StoreFormat.Open(source, magic, Version, what);
        var reader = new SpanReader(source[12..]);
        var count = reader.Int32();
        var header = new BlobHeader(new BlobPlace(reader.Id(), new BlobId(reader.Id(), reader.Int64())), count, reader.Int64());
        return count > 0 ? header : throw StoreFormat.Incoherent($"There is {what} with {count} parts.");
    }
}
