using System.Buffers.Binary;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Reading;

/// <summary>
/// Walks the body of an append (docs/FORMAT.md §6) without copying. Every length is checked against what is left; a body that is not what its
/// header promises is <see cref="LogErrorCode.Corrupt"/>.
/// </summary>
internal ref struct AppendFrames
{
    private const uint TimestampFollows = 1u << 31;
    private const int FrameHeader = 8;

    private readonly int _count;
    private readonly int _length;
    private ReadOnlySpan<byte> _rest;
    private int _index;

    /// <summary>Opens the body of an append.</summary>
    public AppendFrames(in WalEntry entry, ReadOnlySpan<byte> body)
    {
        _count = entry.Count;
        _length = body.Length;
        _rest = body;
        Lsn = entry.Lsn - 1;
        Timestamp = entry.Timestamp;
        if (entry.Flags.HasFlag(WalEntryFlags.Producer))
            ReadStamp();
    }

    /// <summary>ASCII bytes of the producer's id; empty if the batch has no stamp.</summary>
    public ReadOnlySpan<byte> ProducerId { get; private set; }

    /// <summary>The producer's epoch.</summary>
    public int ProducerEpoch { get; private set; }

    /// <summary>The producer's sequence.</summary>
    public long ProducerSequence { get; private set; }

    /// <summary>LSN of the present record.</summary>
    public long Lsn { get; private set; }

    /// <summary>Timestamp of the present record.</summary>
    public long Timestamp { get; private set; }

    /// <summary>Headers and payload of the present record, as they stand in the body.</summary>
    public ReadOnlySpan<byte> Content { get; private set; }

    /// <summary>Where <see cref="Content"/> begins in the body.</summary>
    public readonly int ContentOffset => _length - _rest.Length - Content.Length;

    /// <summary>How many bytes of <see cref="Content"/> are headers.</summary>
    public int HeadersLength { get; private set; }

    /// <summary>How many records come behind the present one.</summary>
    public readonly int Left => _count - _index;

    /// <summary>Goes to the next record.</summary>
    public bool MoveNext()
    {
        if (_index == _count)
            return _rest.IsEmpty ? false : throw Malformed();

        var header = Take(FrameHeader);
        var payload = BinaryPrimitives.ReadInt32LittleEndian(header);
        var headers = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        var follows = (headers & TimestampFollows) != 0;
        headers &= ~TimestampFollows;
        if (follows)
        {
            var delta = BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));
            Timestamp = _index > 0 && delta >= 0 && delta <= Limits.Position ? Timestamp + delta : throw Malformed();
        }

        if (payload is < 0 or > Limits.RecordBytes || headers > Limits.RecordBytes)
            throw Malformed();

        HeadersLength = (int)headers;
        Content = Take(payload + HeadersLength);
        Lsn++;
        _index++;
        return true;
    }

    /// <summary>
    /// Goes on over records that have neither headers nor a time of their own, as most have, and takes them as parts of the same body elsewhere. Stops where <see cref="MoveNext"/>
    /// has to say more: at any other record, at the end, at damage, or where what is asked for is full. The bytes are counted as a batch is.
    /// </summary>
    /// <param name="body">The body, where it stays.</param>
    /// <param name="records">Where to put them, so many at most.</param>
    /// <param name="most">Most bytes.</param>
    /// <param name="bytes">Bytes taken.</param>
    public int TakePlain(ReadOnlyMemory<byte> body, Span<LogRecord> records, long most, out long bytes)
    {
        // Nothing but locals: small records make this the loop in which a scan spends its time.
        var (at, end, lsn, timestamp) = (_length - _rest.Length, _length, Lsn, Timestamp);
        var source = body.Span[..end];
        records = records[..Math.Min(records.Length, _count - _index)];
        var left = most;
        var taken = 0;
        while (taken < records.Length && end - at >= FrameHeader)
        {
            // With headers, or with a time, the upper half is not zero, and the whole is more than any payload may be.
            var header = BinaryPrimitives.ReadUInt64LittleEndian(source[at..]);
            if (header > Limits.RecordBytes)
                break;

            var payload = (int)header;
            if (payload > end - at - FrameHeader || payload + Limits.RecordOverheadBytes > left)
                break;

            records[taken++] = new LogRecord(++lsn, timestamp, body.Slice(at + FrameHeader, payload), default);
            at += FrameHeader + payload;
            left -= payload + Limits.RecordOverheadBytes;
        }

        bytes = most - left;
        _rest = source[at..];
        _index += taken;
        Lsn = lsn;
        return taken;
    }

    private void ReadStamp()
    {
        var length = Take(1)[0];
        if (length is 0 or > Limits.ProducerIdLength)
            throw Malformed();

        ProducerId = Take(length);
        ProducerEpoch = BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));
        ProducerSequence = BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _rest.Length)
            throw Malformed();

        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }

    private static LogException Malformed() =>
        new(LogErrorCode.Corrupt, "The body of an append is malformed although its checksum holds.");
}
