namespace Orleans.Log.Grains.Wire;

/// <summary>
/// Opens a <see cref="RecordBlock"/> that came from elsewhere. Every length is held against what there is before it is used; one that does not fit makes the whole block
/// <see cref="LogErrorCode.BadRecord"/>.
/// </summary>
internal ref struct RecordBlockReader
{
    private readonly RecordBlock _block;
    private readonly RecordHeader[] _headers;
    private int _record;
    private int _header;
    private int _at;

    public RecordBlockReader(RecordBlock block)
    {
        _block = block;
        if (block.Payloads is null || block.Bytes is null
            || (block.Timestamps is { } timestamps && timestamps.Length != block.Count)
            || (block.HeaderCounts is null) != (block.HeaderLengths is null)
            || (block.HeaderCounts is { } counts && counts.Length != block.Count)
            || (block.HeaderLengths is { } lengths && (lengths.Length % 2 != 0 || lengths.Length / 2 > block.Bytes.Length)))
        {
            throw Malformed();
        }

        if (block.HeaderCounts is { } numbers && numbers.AsSpan().ContainsAnyInRange(Limits.HeadersPerRecord + 1, int.MaxValue))
            throw new LogException(LogErrorCode.TooLarge, $"A record has at most {Limits.HeadersPerRecord} headers.", new LogErrorFacts(Limit: Limits.HeadersPerRecord, Unit: "headers"));

        _headers = block.HeaderLengths is { } pairs ? new RecordHeader[pairs.Length / 2] : [];
    }

    /// <summary>The next record.</summary>
    public (ReadOnlyMemory<byte> Payload, ReadOnlyMemory<RecordHeader> Headers, long? Timestamp) Next()
    {
        var headers = TakeHeaders(_block.HeaderCounts?[_record] ?? 0);
        var timestamp = _block.Timestamps?[_record] is { } given && given != RecordBlock.NoTimestamp ? given : (long?)null;
        var payload = Take(_block.Payloads[_record++]);
        return (payload, headers, timestamp);
    }

    /// <summary>Nothing may be left over.</summary>
    public readonly void End()
    {
        if (_at != _block.Bytes.Length || _header != _headers.Length)
            throw Malformed();
    }

    /// <summary>The block as a batch, which refers to its bytes.</summary>
    public static RecordBatch ToBatch(RecordBlock block)
    {
        var reader = new RecordBlockReader(block);
        if (block.Count == 1)
        {
            var (payload, headers, timestamp) = reader.Next();
            reader.End();
            return new RecordBatch(new AppendRecord(new(payload), headers, timestamp));
        }

        // A batch over the limit is refused by its size anyway; here it must not cost an array of any length.
        if (block.Count > Limits.BatchRecords)
            throw new LogException(LogErrorCode.TooLarge, $"A batch has at most {Limits.BatchRecords} records.", new LogErrorFacts(Limit: Limits.BatchRecords, Unit: "records"));

        var records = new AppendRecord[block.Count];
        for (var i = 0; i < records.Length; i++)
        {
            var (payload, headers, timestamp) = reader.Next();
            records[i] = new AppendRecord(new(payload), headers, timestamp);
        }

        reader.End();
        return new RecordBatch(records);
    }

    private ReadOnlyMemory<RecordHeader> TakeHeaders(int count)
    {
        if (count < 0 || count > _headers.Length - _header)
            throw Malformed();

        var first = _header;
        for (var i = 0; i < count; i++)
        {
            var name = Take(_block.HeaderLengths![_header * 2]);
            _headers[_header] = new RecordHeader(name, Take(_block.HeaderLengths[(_header * 2) + 1]));
            _header++;
        }

        return _headers.AsMemory(first, count);
    }

    private ReadOnlyMemory<byte> Take(int length)
    {
        if (length < 0 || length > _block.Bytes.Length - _at)
            throw Malformed();

        var piece = _block.Bytes.AsMemory(_at, length);
        _at += length;
        return piece;
    }

    private static LogException Malformed() => new(LogErrorCode.BadRecord, "The block of records is malformed: its lengths do not fit its bytes.");
}
