using Orleans.Log.Engine.Checkpoints;

namespace Orleans.Log.Engine.Segments;

/// <summary>An item of a pack (docs/FORMAT.md §12). The checksum covers its place and content, so a reference fits one item only.</summary>
/// <param name="Blob">The pack.</param>
/// <param name="Offset">Where the item begins in it.</param>
/// <param name="Length">Length of the item, header included.</param>
/// <param name="Checksum">Its checksum.</param>
internal readonly record struct PackRef(BlobId Blob, int Offset, int Length, uint Checksum)
{
    /// <summary>Length on disk.</summary>
    public const int Size = 36;

    /// <summary>Writes it.</summary>
    public void Write(ref SpanWriter writer)
    {
        writer.Id(Blob.Node);
        writer.Int64(Blob.Attempt);
        writer.Int32(Offset);
        writer.Int32(Length);
        writer.Int32((int)Checksum);
    }

    /// <summary>Reads it; what no item has is an <see cref="InvalidDataException"/>.</summary>
    public static PackRef Read(ref SpanReader reader)
    {
        var item = new PackRef(new BlobId(reader.Id(), reader.Int64()), reader.Int32(), reader.Int32(), (uint)reader.Int32());
        return item.Blob.Attempt > 0
            && item.Offset >= StoreFormat.HeaderLength
            && item.Length is > PackItem.HeaderLength and <= PackItem.MaxLength
            && item.Offset <= StoreFormat.MaxBlobLength - item.Length
                ? item
                : throw new InvalidDataException($"A pack cannot hold an item of {item.Length} bytes at {item.Offset}.");
    }
}

/// <summary>An index section: older segments of a stream, kept apart from its snapshots (docs/FORMAT.md §13).</summary>
/// <param name="Item">Where it is.</param>
/// <param name="Count">How many segments it names.</param>
/// <param name="First">LSN of the first record in them.</param>
/// <param name="End">LSN behind the last record in them.</param>
/// <param name="FirstTimestamp">Timestamp of the first record.</param>
/// <param name="LastTimestamp">Timestamp of the last record.</param>
internal readonly record struct SectionRef(PackRef Item, int Count, long First, long End, long FirstTimestamp, long LastTimestamp)
{
    /// <summary>Length on disk.</summary>
    public const int Size = PackRef.Size + 36;

    /// <summary>Writes it, or that there is none.</summary>
    public static void Write(SectionRef? section, ref SpanWriter writer)
    {
        writer.Byte((byte)(section is null ? 0 : 1));
        if (section is not { } known)
            return;

        known.Item.Write(ref writer);
        writer.Int32(known.Count);
        writer.Int64(known.First);
        writer.Int64(known.End);
        writer.Int64(known.FirstTimestamp);
        writer.Int64(known.LastTimestamp);
    }

    /// <summary>Reads it, if there is one; what no section has is an <see cref="InvalidDataException"/>.</summary>
    public static SectionRef? Read(ref SpanReader reader)
    {
        var there = reader.Byte();
        if (there == 0)
            return null;

        var section = new SectionRef(PackRef.Read(ref reader), reader.Int32(), reader.Int64(), reader.Int64(), reader.Int64(), reader.Int64());
        return there == 1
            && section.Count is > 0 and <= SegmentSection.MaxCount
            && section.First >= 0 && section.End > section.First && section.End <= Limits.Position
            && section.FirstTimestamp >= 0 && section.LastTimestamp >= section.FirstTimestamp
                ? section
                : throw new InvalidDataException($"A section from {section.First} to {section.End} cannot be.");
    }
}
