using System.Buffers;
using System.Buffers.Binary;

namespace Orleans.Log.Api.Contracts.Frames;

/// <summary>
/// Takes a whole body apart in place. Every length is checked against what is left and against its limit before it is used; anything
/// wrong is a <see cref="FrameFormatException"/>. Not thread-safe.
/// </summary>
public ref struct FrameReader
{
    private SequenceReader<byte> _reader;
    private int _left;
    private readonly bool _append;

    private FrameReader(SequenceReader<byte> reader, int count, bool append)
    {
        _reader = reader;
        _left = count;
        _append = append;
    }

    /// <summary>Opens the body of an append and gives the number of its records: 1 to <see cref="WireLimits.BatchRecords"/>.</summary>
    public static FrameReader OpenAppend(ReadOnlySequence<byte> body, out int count)
    {
        var reader = new SequenceReader<byte>(body);
        Span<byte> preamble = stackalloc byte[FrameFormat.AppendPreambleBytes];
        Take(ref reader, preamble, FrameFormat.AppendMagic);
        count = Count(ref reader, preamble);
        return count == 0
            ? throw new FrameFormatException("A batch has at least one record.")
            : new FrameReader(reader, count, append: true);
    }

    /// <summary>Opens the body of a page.</summary>
    public static FrameReader OpenPage(ReadOnlySequence<byte> body, out FramePage page)
    {
        var reader = new SequenceReader<byte>(body);
        Span<byte> preamble = stackalloc byte[FrameFormat.PagePreambleBytes];
        Take(ref reader, preamble, FrameFormat.PageMagic);
        var count = Count(ref reader, preamble);
        var flags = BinaryPrimitives.ReadUInt32LittleEndian(preamble[40..]);
        if ((flags & ~FrameFormat.SealedFlag) != 0 || BinaryPrimitives.ReadUInt32LittleEndian(preamble[44..]) != 0)
            throw new FrameFormatException("A page has a flag that this version does not know.");

        page = new FramePage(
            count,
            Position(preamble[8..]),
            Position(preamble[16..]),
            Position(preamble[24..]),
            Position(preamble[32..]),
            (flags & FrameFormat.SealedFlag) != 0);
        return new FrameReader(reader, count, append: false);
    }

    /// <summary>The next record; false behind the last one, where the body must end.</summary>
    public bool TryRead(out FrameRecord record)
    {
        record = default;
        if (_left == 0)
        {
            return !_reader.End ? throw new FrameFormatException("Bytes follow the last record.") : false;
        }

        _left--;
        Span<byte> fixedPart = stackalloc byte[WireLimits.RecordOverheadBytes];
        if (!_reader.TryCopyTo(fixedPart))
            throw new FrameFormatException("The body ends inside a record.");

        _reader.Advance(fixedPart.Length);
        var content = BinaryPrimitives.ReadUInt32LittleEndian(fixedPart);
        var timestamp = BinaryPrimitives.ReadInt64LittleEndian(fixedPart[4..]);
        var headers = BinaryPrimitives.ReadUInt16LittleEndian(fixedPart[12..]);
        if (content > WireLimits.RecordBytes)
            throw new FrameFormatException($"A record has at most {WireLimits.RecordBytes} bytes.", WireLimits.RecordBytes, "bytes");
        if (headers > WireLimits.HeadersPerRecord)
            throw new FrameFormatException($"A record has at most {WireLimits.HeadersPerRecord} headers.", WireLimits.HeadersPerRecord, "headers");
        if (timestamp < (_append ? FrameFormat.NoTimestamp : 0) || BinaryPrimitives.ReadUInt16LittleEndian(fixedPart[14..]) != 0)
            throw new FrameFormatException("A record has a bad timestamp or a spare field that is not zero.");
        if (!_reader.TryReadExact((int)content, out var body))
            throw new FrameFormatException("The body ends inside a record.");

        var payload = body;
        for (var i = 0; i < headers; i++)
            ReadHeader(ref payload);

        record = new FrameRecord(timestamp, headers, body.Slice(0, payload.Start), payload);
        return true;
    }

    /// <summary>Takes one header off the front of <see cref="FrameRecord.Headers"/>.</summary>
    public static FrameHeader ReadHeader(ref ReadOnlySequence<byte> headers)
    {
        Span<byte> fixedPart = stackalloc byte[WireLimits.HeaderOverheadBytes];
        if (headers.Length < fixedPart.Length)
            throw new FrameFormatException("A record ends inside a header.");

        headers.Slice(0, fixedPart.Length).CopyTo(fixedPart);
        long name = BinaryPrimitives.ReadUInt16LittleEndian(fixedPart);
        long value = BinaryPrimitives.ReadUInt32LittleEndian(fixedPart[2..]);
        if (name == 0)
            throw new FrameFormatException("A header has an empty name.");
        if (headers.Length - fixedPart.Length < name + value)
            throw new FrameFormatException("A record ends inside a header.");

        var header = new FrameHeader(headers.Slice(fixedPart.Length, name), headers.Slice(fixedPart.Length + name, value));
        headers = headers.Slice(fixedPart.Length + name + value);
        return header;
    }

    private static void Take(ref SequenceReader<byte> reader, scoped Span<byte> preamble, uint magic)
    {
        if (!reader.TryCopyTo(preamble) || BinaryPrimitives.ReadUInt32LittleEndian(preamble) != magic)
            throw new FrameFormatException("The body does not begin as frames do.");

        reader.Advance(preamble.Length);
    }

    private static int Count(ref SequenceReader<byte> reader, scoped ReadOnlySpan<byte> preamble)
    {
        var count = BinaryPrimitives.ReadUInt32LittleEndian(preamble[4..]);
        if (count > WireLimits.BatchRecords)
            throw new FrameFormatException($"At most {WireLimits.BatchRecords} records.", WireLimits.BatchRecords, "records");

        // What is promised must be able to be there: a count sizes the caller's arrays.
        return reader.Remaining / WireLimits.RecordOverheadBytes < count
            ? throw new FrameFormatException("The body ends before the records that it promises.")
            : (int)count;
    }

    private static long Position(ReadOnlySpan<byte> field)
    {
        var position = BinaryPrimitives.ReadInt64LittleEndian(field);
        return position is < 0 or > WireLimits.Position
            ? throw new FrameFormatException("A page has a position out of range.")
            : position;
    }
}
