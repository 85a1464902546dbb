using System.Buffers;
using System.Buffers.Binary;

namespace Orleans.Log.Engine.Reading;

/// <summary>
/// Collects records: from the WAL into pooled memory, by one copy out of its buffer, so that a page never holds one of those; from segments, where a page takes much of what was
/// fetched at once, without a copy. Used by one thread; what it has rented and holds goes over to the page, or back with <see cref="Discard"/>.
/// </summary>
internal sealed class PageBuilder
{
    private const int FirstChunk = 4 * 1024;
    private const int LargestChunk = 256 * 1024;

    // Most pages of followers are one small record: then there is one chunk and nothing else.
    private byte[] _chunk = [];
    private List<byte[]>? _fullChunks;
    private List<RecordHeader[]>? _headerChunks;
    private List<Cached>? _held;
    private LogRecord[] _records = [];
    private int _chunkUsed;
    private int _headersUsed;
    private ReadSources _sources;

    /// <summary>Number of records.</summary>
    public int Count { get; private set; }

    /// <summary>Their bytes, counted as a batch is.</summary>
    public long Bytes { get; private set; }

    /// <summary>Adds a record.</summary>
    /// <param name="frame">The record.</param>
    /// <param name="source">Where it was.</param>
    /// <param name="lent">The body that it is in, if that is part of something that the page holds; empty if it has to be copied.</param>
    public void Add(in AppendFrames frame, ReadSource source, ReadOnlyMemory<byte> lent = default)
    {
        var content = lent.IsEmpty ? Copy(frame.Content) : lent.Slice(frame.ContentOffset, frame.Content.Length);
        var headers = frame.HeadersLength == 0 ? default : ReadHeaders(content[..frame.HeadersLength]);
        if (Count == _records.Length)
            Grow(Math.Max(16, _records.Length * 2));

        _records[Count++] = new LogRecord(frame.Lsn, frame.Timestamp, content[frame.HeadersLength..], headers);
        Bytes += frame.Content.Length + Limits.RecordOverheadBytes;
        _sources.Add(source, frame.Content.Length - frame.HeadersLength);
    }

    /// <summary>Adds records that have neither headers nor a time of their own, as long as they come, and returns how many.</summary>
    /// <param name="frames">Stands before the first.</param>
    /// <param name="source">Where they were.</param>
    /// <param name="lent">The body that they are in, part of something that the page holds.</param>
    /// <param name="most">Most records.</param>
    /// <param name="mostBytes">Most bytes.</param>
    public int AddPlain(ref AppendFrames frames, ReadSource source, ReadOnlyMemory<byte> lent, long most, long mostBytes)
    {
        Reserve((int)Math.Min(most, frames.Left));
        var room = _records.AsSpan(Count);
        var added = frames.TakePlain(lent, room[..(int)Math.Min(most, room.Length)], mostBytes, out var bytes);
        Count += added;
        Bytes += bytes;
        _sources.Add(source, bytes - added * (long)Limits.RecordOverheadBytes);
        return added;
    }

    /// <summary>Makes room for so many records more, so that it need not grow step by step.</summary>
    public void Reserve(int records)
    {
        if (Count + records > _records.Length)
            Grow(Count + records);
    }

    /// <summary>Holds what records of it lie in.</summary>
    public void Hold(Cached source)
    {
        source.Retain();
        (_held ??= []).Add(source);
    }

    /// <summary>The page, which owns everything from here on.</summary>
    public WalReadPage Build(long next, in StreamPosition stream) => new(this, _records.AsMemory(0, Count), next, stream) { Sources = _sources };

    /// <summary>Gives everything back.</summary>
    public void Discard()
    {
        if (_chunk.Length > 0)
            ArrayPool<byte>.Shared.Return(_chunk);

        foreach (var chunk in _fullChunks ?? [])
            ArrayPool<byte>.Shared.Return(chunk);

        foreach (var chunk in _headerChunks ?? [])
            ArrayPool<RecordHeader>.Shared.Return(chunk, clearArray: true);

        ReturnRecords();
        foreach (var source in _held ?? [])
            source.Release();

        (_chunk, _fullChunks, _headerChunks, _held) = ([], null, null, null);
        (_records, Count, Bytes) = ([], 0, 0);
    }

    private ReadOnlyMemory<byte> Copy(ReadOnlySpan<byte> content)
    {
        if (content.IsEmpty)
            return default;

        if (_chunk.Length - _chunkUsed < content.Length)
        {
            // Chunks double, so that a page of one small record rents little and one of a megabyte rents seldom.
            var chunks = _fullChunks?.Count ?? 0;
            if (_chunk.Length > 0)
            {
                (_fullChunks ??= []).Add(_chunk);
                chunks++;
            }

            var size = Math.Min(LargestChunk, FirstChunk << Math.Min(chunks, 6));
            _chunk = ArrayPool<byte>.Shared.Rent(Math.Max(size, content.Length));
            _chunkUsed = 0;
        }

        var copy = _chunk.AsMemory(_chunkUsed, content.Length);
        content.CopyTo(copy.Span);
        _chunkUsed += content.Length;
        return copy;
    }

    private ReadOnlyMemory<RecordHeader> ReadHeaders(ReadOnlyMemory<byte> encoded)
    {
        _headerChunks ??= [];
        if (_headerChunks.Count == 0 || _headerChunks[^1].Length - _headersUsed < Limits.HeadersPerRecord)
        {
            _headerChunks.Add(ArrayPool<RecordHeader>.Shared.Rent(Limits.HeadersPerRecord * 2));
            _headersUsed = 0;
        }

        var (chunk, first) = (_headerChunks[^1], _headersUsed);
        while (!encoded.IsEmpty)
        {
            if (encoded.Length < RecordHeader.OverheadBytes || _headersUsed - first == Limits.HeadersPerRecord)
                throw Malformed();

            var name = BinaryPrimitives.ReadUInt16LittleEndian(encoded.Span);
            var value = BinaryPrimitives.ReadUInt32LittleEndian(encoded.Span[2..]);
            encoded = encoded[RecordHeader.OverheadBytes..];
            if (name + (ulong)value > (ulong)encoded.Length)
                throw Malformed();

            chunk[_headersUsed++] = new RecordHeader(encoded[..name], encoded.Slice(name, (int)value));
            encoded = encoded[(name + (int)value)..];
        }

        return chunk.AsMemory(first, _headersUsed - first);
    }

    private void Grow(int length)
    {
        var larger = ArrayPool<LogRecord>.Shared.Rent(length);
        _records.AsSpan(0, Count).CopyTo(larger);
        ReturnRecords();
        _records = larger;
    }

    /// <summary>Only what was used is cleared: that keeps the pool from holding memory, and the rest of an array of small records is long.</summary>
    private void ReturnRecords()
    {
        if (_records.Length == 0)
            return;

        _records.AsSpan(0, Count).Clear();
        ArrayPool<LogRecord>.Shared.Return(_records);
    }

    private static LogException Malformed() => new(LogErrorCode.Corrupt, "The headers of a record are malformed although its checksum holds.");
}
