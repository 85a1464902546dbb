using System.Buffers.Binary;

namespace Orleans.Log.Engine.Checkpoints;

/// <summary>
/// Writes the records that a checkpoint and a snapshot consist of (docs/FORMAT.md §7) through one buffer, whatever the number of streams. Not safe
/// for several threads.
/// </summary>
internal abstract class RecordWriter
{
    // A record is closed when it passes this, so it stays below the format's bound by a wide margin and fits the buffer with one item more.
    private const int RecordTarget = 64 * 1024;
    private const int BufferLength = 256 * 1024;

    private readonly byte[] _buffer = new byte[BufferLength];

    private delegate void WriteItem<in T>(T item, ref SpanWriter writer);

    /// <summary>Bytes that wait in the buffer.</summary>
    protected int Buffered { get; private set; }

    /// <summary>Records closed so far.</summary>
    protected long Records { get; private set; }

    /// <summary>Takes the buffer's content.</summary>
    protected abstract void Put(ReadOnlySpan<byte> bytes);

    /// <summary>Writes a stream with its tables.</summary>
    protected void WriteStream(CheckpointStream stream)
    {
        var length = CheckpointStreamCodec.Measure(stream);
        CheckpointStreamCodec.Write(stream, Record(length)[CheckpointFormat.RecordHeaderLength..]);
        Close(CheckpointKind.Stream, items: 0, length);
        Table(CheckpointKind.Terms, stream.State.Terms, static (term, ref writer) => CheckpointTables.Write(term, ref writer));
        Table(CheckpointKind.Producers, stream.State.Producers, static (producer, ref writer) => CheckpointTables.Write(producer, ref writer));
        Table(CheckpointKind.Faulty, stream.State.Faulty, static (range, ref writer) => CheckpointTables.Write(range, ref writer));
        Table(CheckpointKind.Lost, stream.State.Lost, static (range, ref writer) => CheckpointTables.Write(range, ref writer));
    }

    /// <summary>Room for bytes that are no record, written by the caller.</summary>
    protected Span<byte> Plain(int length)
    {
        if (length > BufferLength - Buffered)
            PutAll();

        Buffered += length;
        return _buffer.AsSpan(Buffered - length, length);
    }

    /// <summary>Room for a record of at most a quarter of a MiB, cleared where the format wants zeros.</summary>
    protected Span<byte> Record(int length)
    {
        if (length > BufferLength - Buffered)
            PutAll();

        var record = _buffer.AsSpan(Buffered, length);
        record[..CheckpointFormat.RecordHeaderLength].Clear();
        return record;
    }

    /// <summary>Ends the record of which <see cref="Record"/> gave the room.</summary>
    protected void Close(CheckpointKind kind, int items, int length)
    {
        var record = _buffer.AsSpan(Buffered, length);
        BinaryPrimitives.WriteInt32LittleEndian(record, length);
        record[8] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(record[12..], items);
        BinaryPrimitives.WriteUInt32LittleEndian(record[4..], CheckpointFormat.RecordChecksum(record));
        Buffered += length;
        Records++;
    }

    /// <summary>Hands over what waits in the buffer.</summary>
    protected void PutAll()
    {
        Put(_buffer.AsSpan(0, Buffered));
        Buffered = 0;
    }

    private void Table<T>(CheckpointKind kind, IReadOnlyList<T> items, WriteItem<T> write)
    {
        for (var next = 0; next < items.Count;)
        {
            var record = Record(RecordTarget + CheckpointTables.MaxItemLength);
            var writer = new SpanWriter(record[CheckpointFormat.RecordHeaderLength..]);
            var first = next;
            while (next < items.Count && record.Length - writer.Left < RecordTarget)
                write(items[next++], ref writer);

            Close(kind, next - first, record.Length - writer.Left);
        }
    }
}
