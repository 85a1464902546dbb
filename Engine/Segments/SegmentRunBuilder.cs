using System.Buffers.Binary;
using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Segments;

/// <summary>A run while it grows: its batches, cut into blocks.</summary>
internal sealed class SegmentRunBuilder
{
    private const uint Magic = 0x4E524C4F; // "OLRN"

    private readonly BlobPlace _place;
    private readonly long _first;
    private readonly long _firstTimestamp;
    private readonly List<BlockEntry> _blocks = [];
    private readonly Pieces _content = new();
    private BlockEntry _open;
    private uint _checksum;
    private long _lastTimestamp;
    private long _bytes;

    /// <summary>One that begins with a record.</summary>
    public SegmentRunBuilder(StreamId stream, in BlobPlace place, long first, long firstTimestamp) =>
        (Stream, _place, _first, _firstTimestamp, End) = (stream, place, first, firstTimestamp, first);

    /// <summary>Whose records.</summary>
    public StreamId Stream { get; }

    /// <summary>LSN behind the last record.</summary>
    public long End { get; private set; }

    /// <summary>Does the next batch begin a block?</summary>
    public bool BeginsBlock => _open.Length == 0;

    /// <summary>Adds the next batch.</summary>
    public void Add(ChunkArena arena, in WalEntry entry, ReadOnlySpan<byte> body, long lastTimestamp)
    {
        if (BeginsBlock)
        {
            _open = new BlockEntry(entry.Lsn, entry.Timestamp, (int)_content.Length, 0, 0);
            _checksum = BlockEntry.ChecksumStart(_place, Stream, entry.Lsn, _open.Offset);
        }

        Span<byte> header = stackalloc byte[SegmentFormat.BatchHeaderLength];
        var writer = new SpanWriter(header);
        writer.Int64(entry.Lsn);
        writer.Int64(entry.Timestamp);
        writer.Int32(entry.Count);
        writer.Int32(body.Length);
        writer.Byte((byte)entry.Flags);
        writer.Zero(3);
        Write(arena, header);
        Write(arena, body);
        (End, _lastTimestamp) = (entry.Lsn + entry.Count, lastTimestamp);
        _bytes += body.Length;
        if (_open.Length >= SegmentFormat.BlockTarget)
            Close();
    }

    /// <summary>Ends the run, which begins at an offset of its segment: its table first, then its blocks.</summary>
    public SegmentRun Complete(ChunkArena arena, Pieces segment)
    {
        if (!BeginsBlock)
            Close();

        var offset = (int)segment.Length;
        var table = new byte[SegmentFormat.TableLength(_blocks.Count)];
        var reference = new SegmentRef(
            _place.Blob, offset, table.Length + (int)_content.Length, _first, End, _firstTimestamp, _lastTimestamp, _bytes);
        WriteTable(table, reference);
        segment.Write(arena, table);
        segment.Add(_content);
        return new SegmentRun(Stream, reference);
    }

    /// <summary>Checksum of a table that begins at an offset of its segment.</summary>
    public static uint TableChecksum(ReadOnlySpan<byte> table, in BlobPlace place, long offset) =>
        Crc32C.Finish(Crc32C.Add(Crc32C.Add(place.At(offset), table[..4]), table[8..]));

    /// <summary>Does a table begin like one?</summary>
    public static bool IsTable(ReadOnlySpan<byte> table) => BinaryPrimitives.ReadUInt32LittleEndian(table) == Magic;

    private void WriteTable(Span<byte> table, in SegmentRef reference)
    {
        var writer = new SpanWriter(table);
        writer.Int32((int)Magic);
        writer.Zero(4);
        writer.Int32(_blocks.Count);
        writer.Int32(reference.Length);
        writer.StreamId(Stream);
        writer.Int64(reference.First);
        writer.Int64(reference.End);
        writer.Int64(reference.FirstTimestamp);
        writer.Int64(reference.LastTimestamp);
        writer.Int64(reference.Bytes);
        foreach (var block in _blocks)
        {
            writer.Int64(block.First);
            writer.Int64(block.Timestamp);
            writer.Int32(block.Offset);
            writer.Int32(block.Length);
            writer.Int32((int)block.Checksum);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(table[4..], TableChecksum(table, _place, reference.Offset));
    }

    private void Write(ChunkArena arena, ReadOnlySpan<byte> bytes)
    {
        _content.Write(arena, bytes);
        _checksum = Crc32C.Add(_checksum, bytes);
        _open = _open with { Length = _open.Length + bytes.Length };
    }

    private void Close()
    {
        _blocks.Add(_open with { Checksum = Crc32C.Finish(_checksum) });
        _open = default;
    }
}
