using System.Buffers.Binary;
using System.Security.Cryptography;
using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Checkpoints;

/// <summary>
/// Writes one checkpoint file front to back through one buffer, whatever the number of streams. Not safe for several threads. It does not
/// flush: that is a stage of its own. After an exception the file is worthless and is begun anew.
/// </summary>
internal sealed class CheckpointWriter : IDisposable
{
    // A record is closed when it passes this, so it stays below the format's bound by a wide margin and fits the buffer with one item more.
    private const int RecordTarget = 64 * 1024;
    private const int BufferLength = 256 * 1024;

    private readonly IDiskFile _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[BufferLength];
    private int _used;
    private long _offset;
    private long _streams;
    private long _records;

    public CheckpointWriter(IDiskFile file, in CheckpointHeader header)
    {
        _file = file;
        CheckpointFormat.WriteHeader(header, _buffer);
        _used = CheckpointFormat.HeaderLength;
    }

    private delegate void WriteItem<in T>(T item, ref SpanWriter writer);

    /// <summary>Adds a stream: the catalog's own first, then the others in ordinal order of their names.</summary>
    public void Add(CheckpointStream stream)
    {
        var length = CheckpointStreamCodec.Measure(stream);
        CheckpointStreamCodec.Write(stream, Record(length)[CheckpointFormat.RecordHeaderLength..]);
        Close(CheckpointKind.Stream, items: 0, length);
        Table(CheckpointKind.Terms, stream.State.Terms, static (term, ref writer) => CheckpointTables.Write(term, ref writer));
        Table(CheckpointKind.Producers, stream.State.Producers, static (producer, ref writer) => CheckpointTables.Write(producer, ref writer));
        Table(CheckpointKind.Faulty, stream.State.Faulty, static (range, ref writer) => CheckpointTables.Write(range, ref writer));
        _streams += stream.Entry is null ? 0 : 1;
    }

    /// <summary>Writes the trailer and what is still buffered. The result is the digest that ends the file.</summary>
    public byte[] Complete()
    {
        var record = Record(CheckpointFormat.TrailerLength + CheckpointFormat.DigestLength);
        var writer = new SpanWriter(record[CheckpointFormat.RecordHeaderLength..]);
        writer.Int64(_streams);
        writer.Int64(_records);
        writer.Int64(_offset + _used + CheckpointFormat.TrailerLength + CheckpointFormat.DigestLength);
        Close(CheckpointKind.Trailer, items: 0, CheckpointFormat.TrailerLength);
        WriteOut();
        var digest = _hash.GetHashAndReset();
        _file.Write(_offset, digest);
        return digest;
    }

    public void Dispose() => _hash.Dispose();

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

    /// <summary>Room for a record, cleared where the format wants zeros.</summary>
    private Span<byte> Record(int length)
    {
        if (length > BufferLength - _used)
            WriteOut();

        var record = _buffer.AsSpan(_used, length);
        record[..CheckpointFormat.RecordHeaderLength].Clear();
        return record;
    }

    private void Close(CheckpointKind kind, int items, int length)
    {
        var record = _buffer.AsSpan(_used, length);
        BinaryPrimitives.WriteInt32LittleEndian(record, length);
        record[8] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(record[12..], items);
        BinaryPrimitives.WriteUInt32LittleEndian(record[4..], CheckpointFormat.RecordChecksum(record));
        _used += length;
        _records += kind == CheckpointKind.Trailer ? 0 : 1;
    }

    private void WriteOut()
    {
        var bytes = _buffer.AsSpan(0, _used);
        _file.Write(_offset, bytes);
        _hash.AppendData(bytes);
        _offset += _used;
        _used = 0;
    }
}
