using System.Buffers.Binary;
using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Segments;

/// <summary>What an item of a pack is. Persisted: never renumber.</summary>
internal enum PackItemKind : byte
{
    /// <summary>A snapshot.</summary>
    Snapshot = 1,

    /// <summary>An index section.</summary>
    Section = 2,
}

/// <summary>The items of a pack (docs/FORMAT.md §12), each read by itself.</summary>
internal static class PackItem
{
    /// <summary>Bytes before the body.</summary>
    public const int HeaderLength = 16;

    /// <summary>Longest item.</summary>
    public const int MaxLength = 64 * 1024 * 1024;

    /// <summary>Most items of a pack.</summary>
    public const int MaxCount = 131_072;

    /// <summary>Reads a snapshot, which must be that of a stream. Throws <see cref="StoreFormatException"/>.</summary>
    public static Snapshot ReadSnapshot(ReadOnlyMemory<byte> item, Guid store, in PackRef reference, StreamId stream)
    {
        var body = Open(item, store, reference, PackItemKind.Snapshot);
        try
        {
            var snapshot = new SnapshotReader(body).Read();
            StoreFormat.RequireSame(snapshot.Stream.State.Id, stream, "stream");
            return snapshot;
        }
        catch (Exception error) when (error is InvalidDataException or CheckpointException)
        {
            throw StoreFormat.Incoherent($"The snapshot of stream {stream}", error);
        }
    }

    /// <summary>Reads an index section, which must be what a snapshot or another section of that stream names. Throws <see cref="StoreFormatException"/>.</summary>
    public static SegmentSection ReadSection(ReadOnlyMemory<byte> item, Guid store, in SectionRef reference, StreamId stream)
    {
        var body = Open(item, store, reference.Item, PackItemKind.Section);
        try
        {
            var reader = new SpanReader(body.Span);
            StoreFormat.RequireSame(reader.StreamId(), stream, "stream");
            var older = SectionRef.Read(ref reader);
            var section = new SegmentSection(stream, older, SegmentRefCodec.Read(ref reader, SegmentSection.MaxCount));
            reader.End();
            if (section.Refs.IsEmpty || section.At(reference.Item) != reference || (older is { } before && !Precedes(before, section.Refs[0])))
                throw new InvalidDataException("It is not what its name says.");

            return section;
        }
        catch (InvalidDataException error)
        {
            throw StoreFormat.Incoherent($"A section of stream {stream}", error);
        }
    }

    /// <summary>Does a section lie before a segment?</summary>
    internal static bool Precedes(in SectionRef section, in SegmentRef run) =>
        section.End <= run.First && section.LastTimestamp <= run.FirstTimestamp;

    /// <summary>Checksum of an item that begins at an offset of its pack.</summary>
    internal static uint Checksum(IEnumerable<ReadOnlyMemory<byte>> rest, ReadOnlySpan<byte> header, in BlobPlace place, long offset)
    {
        var state = Crc32C.Add(Crc32C.Add(place.At(offset), header[..4]), header[8..HeaderLength]);
        foreach (var piece in rest)
            state = Crc32C.Add(state, piece.Span);

        return Crc32C.Finish(state);
    }

    private static ReadOnlyMemory<byte> Open(ReadOnlyMemory<byte> item, Guid store, in PackRef reference, PackItemKind kind)
    {
        StoreFormat.RequireLength(item.Length, reference.Length, "an item of a pack");
        var header = item.Span[..HeaderLength];
        var checksum = Checksum([item[HeaderLength..]], header, new BlobPlace(store, reference.Blob), reference.Offset);
        if (BinaryPrimitives.ReadInt32LittleEndian(header) != item.Length
            || BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) != checksum
            || reference.Checksum != checksum)
        {
            throw new StoreFormatException(StoreFault.ChecksumMismatch, "The checksum of an item of a pack does not hold.");
        }

        return (PackItemKind)header[8] == kind ? item[HeaderLength..] : throw StoreFormat.Incoherent($"An item is a {(PackItemKind)header[8]} and should be a {kind}.");
    }
}
