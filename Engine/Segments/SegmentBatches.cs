using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Segments;

/// <summary>
/// Walks the batches of a block that was verified, without copying. A block that is not what its table promises is a
/// <see cref="StoreFormatException"/> (Incoherent).
/// </summary>
internal ref struct SegmentBatches(StreamId stream, ReadOnlySpan<byte> block, long first, long end)
{
    private readonly long _end = end;
    private readonly int _length = block.Length;
    private SpanReader _rest = new(block);
    private long _next = first;

    /// <summary>
    /// Header of the present batch, as it stood in the WAL but for term, generation and entry number, which a segment does not keep.
    /// </summary>
    public WalEntry Entry { get; private set; }

    /// <summary>Body of the present batch, as it stood in the WAL.</summary>
    public ReadOnlySpan<byte> Body { get; private set; }

    /// <summary>Where the body begins in the block.</summary>
    public readonly int BodyOffset => _length - _rest.Left - Body.Length;

    /// <summary>Goes to the next batch.</summary>
    public bool MoveNext()
    {
        if (_rest.Left == 0)
            return _next == _end ? false : throw StoreFormat.Incoherent($"A block ends before record {_next} and should before {_end}");

        try
        {
            var (lsn, timestamp, count, length, flags) = (_rest.Int64(), _rest.Position(), _rest.Int32(), _rest.Count(), _rest.Byte());
            _rest.Take(3);
            if (lsn != _next || count < 1 || lsn + count > _end)
                throw StoreFormat.Incoherent($"A batch of {count} records from {lsn} where one from {_next} to at most {_end} should be");

            Body = _rest.Take(length);
            Entry = new WalEntry(WalEntryType.Append, (WalEntryFlags)flags, stream, 0, 0, count, lsn, 0, timestamp);
            _next = lsn + count;
            return true;
        }
        catch (InvalidDataException error)
        {
            throw StoreFormat.Incoherent("A batch in a block", error);
        }
    }
}
