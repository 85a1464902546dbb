using System.Buffers;
using System.Buffers.Binary;
using Orleans.Log.Engine.Checkpoints;

namespace Orleans.Log.Engine.Segments;

/// <summary>
/// Collects snapshots and index sections into one pack. A reference is given as soon as an item is added, so a section and the snapshot that names it can
/// stand in the same pack. Memory: what was added, in pooled chunks, which go back when it is disposed. For one thread; after an exception it can only
/// be disposed.
/// </summary>
internal sealed class PackBuilder : RecordWriter, IDisposable
{
    private readonly BlobPlace _place;
    private readonly long _writtenAt;
    private readonly ChunkArena _arena = new();
    private readonly Pieces _pack = new();
    private readonly List<PackRef> _items = [];
    private readonly ArraySegment<byte> _header;
    private Pieces _item = new();

    /// <summary>An empty one.</summary>
    /// <param name="place">What the pack will be.</param>
    /// <param name="writtenAt">The time, milliseconds since 1970 UTC.</param>
    public PackBuilder(in BlobPlace place, long writtenAt)
    {
        (_place, _writtenAt) = (place, writtenAt);
        _header = _arena.TakeWhole(StoreFormat.HeaderLength);
        _pack.Add(_header);
    }

    /// <summary>Exact length of the pack if it were completed now.</summary>
    public long Length => _pack.Length + BlobEnd.Size;

    /// <summary>Number of items so far.</summary>
    public int Count => _items.Count;

    /// <summary>Adds a snapshot: everything below its tail must be offloaded.</summary>
    public PackRef Add(Snapshot snapshot)
    {
        var state = snapshot.Stream.State;
        if (snapshot.Stream.Entry is null || state.Offloaded != state.Tail || snapshot.Segments.End > state.Tail || snapshot.Segments.Refs.Length > SegmentList.MaxRecent)
            throw new ArgumentException($"The snapshot of stream {state.Id} does not agree with itself.", nameof(snapshot));

        var header = Begin();
        WriteStream(snapshot.Stream);
        var record = Record(CheckpointFormat.RecordHeaderLength + 1 + SectionRef.Size + SegmentRefCodec.MaxLength(SegmentList.MaxRecent));
        var writer = new SpanWriter(record[CheckpointFormat.RecordHeaderLength..]);
        SectionRef.Write(snapshot.Segments.Older, ref writer);
        SegmentRefCodec.Write(snapshot.Segments.Refs, ref writer);
        Close(CheckpointKind.Segments, items: 0, record.Length - writer.Left);
        PutAll();
        return End(header, PackItemKind.Snapshot);
    }

    /// <summary>Adds an index section.</summary>
    public SectionRef Add(SegmentSection section)
    {
        if (section.Refs.Length is 0 or > SegmentSection.MaxCount)
            throw new ArgumentException($"A section of {section.Refs.Length} segments cannot be.", nameof(section));

        var header = Begin();
        var bytes = ArrayPool<byte>.Shared.Rent(StreamId.Size + 1 + SectionRef.Size + SegmentRefCodec.MaxLength(section.Refs.Length));
        var writer = new SpanWriter(bytes);
        writer.StreamId(section.Stream);
        SectionRef.Write(section.Older, ref writer);
        SegmentRefCodec.Write(section.Refs, ref writer);
        Put(bytes.AsSpan(0, bytes.Length - writer.Left));
        ArrayPool<byte>.Shared.Return(bytes);
        return section.At(End(header, PackItemKind.Section));
    }

    /// <summary>Ends the pack, once, when it holds something. What it returns is good until the builder is disposed.</summary>
    public FinishedBlob<PackRef> Complete()
    {
        if (Count == 0)
            throw new InvalidOperationException("A pack without items is not written.");

        new BlobHeader(_place, Count, _writtenAt).WritePack(_header);
        var end = new BlobEnd(Count, (int)_pack.Length, BlobEnd.ChecksumOf([], _place, _pack.Length), Length);
        return FinishedBlob<PackRef>.Of(_place, _pack, end, _arena, _items);
    }

    /// <inheritdoc/>
    public void Dispose() => _arena.Dispose();

    /// <inheritdoc/>
    protected override void Put(ReadOnlySpan<byte> bytes) => _item.Write(_arena, bytes);

    private ArraySegment<byte> Begin()
    {
        if (Count == PackItem.MaxCount)
            throw new InvalidOperationException($"A pack has at most {PackItem.MaxCount} items.");

        _item = new Pieces();
        return _arena.TakeWhole(PackItem.HeaderLength);
    }

    private PackRef End(ArraySegment<byte> header, PackItemKind kind)
    {
        var length = PackItem.HeaderLength + _item.Length;
        if (length > PackItem.MaxLength || Length + length > StoreFormat.MaxBlobLength)
            throw new InvalidOperationException($"A pack of {Length} bytes has no room for an item of {length}.");

        var bytes = header.AsSpan();
        bytes.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(bytes, (int)length);
        bytes[8] = (byte)kind;
        var offset = (int)_pack.Length;
        var checksum = PackItem.Checksum(_item.All.Select(static piece => (ReadOnlyMemory<byte>)piece), bytes, _place, offset);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], checksum);
        _pack.Add(header);
        _pack.Add(_item);
        var reference = new PackRef(_place.Blob, offset, (int)length, checksum);
        _items.Add(reference);
        return reference;
    }
}
