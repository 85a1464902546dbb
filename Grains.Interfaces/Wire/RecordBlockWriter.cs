using System.Buffers;

namespace Orleans.Log.Grains.Wire;

/// <summary>Makes a <see cref="RecordBlock"/> in two passes over the records: one to measure, one to copy.</summary>
internal ref struct RecordBlockWriter
{
    private byte[] _bytes;
    private int[] _payloads;
    private long[]? _timestamps;
    private int[]? _headerCounts;
    private int[]? _headerLengths;
    private long _size;
    private int _records;
    private int _headers;
    private bool _hasTimestamps;
    private int _at;
    private int _record;
    private int _header;

    public void Measure(long payload, ReadOnlySpan<RecordHeader> headers, long? timestamp)
    {
        _records++;
        _size += payload;
        _hasTimestamps |= timestamp is not null;
        if (timestamp == RecordBlock.NoTimestamp)
            throw new LogException(LogErrorCode.BadRecord, "A timestamp is not negative.");

        _headers += headers.Length;
        foreach (ref readonly var header in headers)
            _size += header.Name.Length + header.Value.Length;
    }

    public void Allocate()
    {
        // What is larger than any batch may be is refused before it is copied.
        if (_size > Limits.BatchBytes + Limits.RecordBytes)
            throw new LogException(LogErrorCode.TooLarge, $"A batch has at most {Limits.BatchBytes} bytes.", new LogErrorFacts(Limit: Limits.BatchBytes, Unit: "bytes"));

        _bytes = GC.AllocateUninitializedArray<byte>((int)_size);
        _payloads = new int[_records];
        _timestamps = _hasTimestamps ? new long[_records] : null;
        _headerCounts = _headers > 0 ? new int[_records] : null;
        _headerLengths = _headers > 0 ? new int[_headers * 2] : null;
    }

    public void Write(in ReadOnlySequence<byte> payload, ReadOnlySpan<RecordHeader> headers, long? timestamp)
    {
        foreach (ref readonly var header in headers)
        {
            _headerLengths![_header++] = Copy(header.Name.Span);
            _headerLengths[_header++] = Copy(header.Value.Span);
        }

        if (_headerCounts is not null)
            _headerCounts[_record] = headers.Length;

        if (_timestamps is not null)
            _timestamps[_record] = timestamp ?? RecordBlock.NoTimestamp;

        payload.CopyTo(_bytes.AsSpan(_at));
        _payloads[_record++] = (int)payload.Length;
        _at += (int)payload.Length;
    }

    public readonly RecordBlock ToBlock() => new()
    {
        Bytes = _bytes,
        Payloads = _payloads,
        Timestamps = _timestamps,
        HeaderCounts = _headerCounts,
        HeaderLengths = _headerLengths,
    };

    private int Copy(ReadOnlySpan<byte> piece)
    {
        piece.CopyTo(_bytes.AsSpan(_at));
        _at += piece.Length;
        return piece.Length;
    }
}
