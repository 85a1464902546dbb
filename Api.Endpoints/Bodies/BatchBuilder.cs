using System.Buffers;
using Orleans.Log.Api.Contracts.Frames;
using Orleans.Log.Api.Endpoints.Problems;

namespace Orleans.Log.Api.Endpoints.Bodies;

/// <summary>
/// Collects the records of one batch in pooled memory and holds them to the limits while they come, so that no body makes the server
/// hold more than one batch. Payloads are referred to where they lie; who needs them copied uses <see cref="Bytes"/>. Not thread-safe.
/// </summary>
internal sealed class BatchBuilder : IDisposable
{
    private AppendRecord[] _records = ArrayPool<AppendRecord>.Shared.Rent(64);

    /// <summary>Memory for what had to be decoded, valid until <see cref="Clear"/>.</summary>
    public Arena<byte> Bytes { get; } = new(chunk: 16 * 1024);

    /// <summary>
    /// Memory for headers, valid until <see cref="Clear"/>. Each record reserves the most that it may have, so a chunk is many times that:
    /// otherwise every record would need a new one.
    /// </summary>
    public Arena<RecordHeader> Headers { get; } = new(chunk: 16 * Limits.HeadersPerRecord);

    /// <summary>Records so far.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes so far, as <see cref="Limits.BatchBytes"/> counts them.</summary>
    public long SizeBytes { get; private set; }

    /// <summary>The batch; a view, valid until <see cref="Clear"/>.</summary>
    public RecordBatch Batch => new(_records.AsMemory(0, Count));

    /// <summary>The records from one number up to another, as a batch; a view, valid until <see cref="Clear"/>.</summary>
    public RecordBatch Part(int start, int end) => new(_records.AsMemory(start, end - start));

    /// <summary>Takes one more record, or throws <see cref="LogErrorCode.TooLarge"/>.</summary>
    public void Add(in AppendRecord record)
    {
        var bytes = record.ContentBytes;
        if (bytes > Limits.RecordBytes)
            throw Refusal.TooLarge($"A record has at most {Limits.RecordBytes} bytes.", Limits.RecordBytes, "bytes");
        if (Count == Limits.BatchRecords)
            throw Refusal.TooLarge($"A batch has at most {Limits.BatchRecords} records.", Limits.BatchRecords, "records");

        SizeBytes += bytes + Limits.RecordOverheadBytes;
        if (SizeBytes > Limits.BatchBytes)
            throw Refusal.TooLarge($"A batch has at most {Limits.BatchBytes} bytes.", Limits.BatchBytes, "bytes");

        if (Count == _records.Length)
            Grow();

        _records[Count++] = record;
    }

    /// <summary>Takes the headers of a frame: by reference where one lies in one piece, copied where it does not.</summary>
    public ReadOnlyMemory<RecordHeader> Take(in FrameRecord frame)
    {
        if (frame.HeaderCount == 0)
            return default;

        var left = frame.Headers;
        var headers = Headers.Reserve(frame.HeaderCount).Span;
        for (var i = 0; i < headers.Length; i++)
        {
            var header = FrameReader.ReadHeader(ref left);
            headers[i] = new RecordHeader(InOnePiece(header.Name), InOnePiece(header.Value));
        }

        return Headers.Keep(headers.Length);
    }

    /// <summary>Forgets the records that came since there were so many of so many bytes.</summary>
    public void GoBack(int count, long sizeBytes)
    {
        Array.Clear(_records, count, Count - count);
        (Count, SizeBytes) = (count, sizeBytes);
    }

    /// <summary>Forgets everything and gives the memory back, but for what the next batch begins with.</summary>
    public void Clear()
    {
        Array.Clear(_records, 0, Count);
        Count = 0;
        SizeBytes = 0;
        Bytes.Clear();
        Headers.Clear();
    }

    public void Dispose()
    {
        Clear();
        ArrayPool<AppendRecord>.Shared.Return(_records);
        _records = [];
    }

    private ReadOnlyMemory<byte> InOnePiece(in ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsSingleSegment)
            return bytes.First;

        var length = (int)bytes.Length;
        bytes.CopyTo(Bytes.Reserve(length).Span);
        return Bytes.Keep(length);
    }

    private void Grow()
    {
        var larger = ArrayPool<AppendRecord>.Shared.Rent(_records.Length * 2);
        _records.AsSpan().CopyTo(larger);
        ArrayPool<AppendRecord>.Shared.Return(_records, clearArray: true);
        _records = larger;
    }
}
