using System.Diagnostics.CodeAnalysis;

namespace Orleans.Log;

/// <summary>
/// Records appended together: one unit, all or nothing, contiguous LSNs. A view of the caller's memory, made without copying;
/// a batch of one record allocates nothing.
/// </summary>
public readonly struct RecordBatch
{
    private readonly AppendRecord _single;
    private readonly ReadOnlyMemory<AppendRecord> _many;

    /// <summary>A batch of one record.</summary>
    public RecordBatch(in AppendRecord record)
    {
        _single = record;
        Count = 1;
    }

    /// <summary>A batch of one record without headers.</summary>
    public RecordBatch(ReadOnlyMemory<byte> payload)
        : this(new AppendRecord(payload))
    {
    }

    /// <summary>A batch of the given records. An empty one is refused when it is appended.</summary>
    public RecordBatch(ReadOnlyMemory<AppendRecord> records)
    {
        if (records.Length == 1)
            _single = records.Span[0];
        else
            _many = records;

        Count = records.Length;
    }

    /// <summary>Number of records.</summary>
    public int Count { get; }

    /// <summary>The record at <paramref name="index"/>, from 0.</summary>
    [UnscopedRef]
    public ref readonly AppendRecord this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count);
            return ref Count == 1 ? ref _single : ref _many.Span[index];
        }
    }

    /// <summary>Size as bounded by <see cref="Limits.BatchBytes"/>: content plus <see cref="Limits.RecordOverheadBytes"/> a record.</summary>
    public long SizeBytes
    {
        get
        {
            long bytes = 0;
            for (var i = 0; i < Count; i++)
                bytes += this[i].ContentBytes + Limits.RecordOverheadBytes;

            return bytes;
        }
    }
}
