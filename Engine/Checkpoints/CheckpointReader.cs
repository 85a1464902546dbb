using System.Buffers.Binary;
using System.Security.Cryptography;
using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Checkpoints;

/// <summary>
/// Reads one checkpoint file front to back through one buffer. Each record is verified before it is used; that the file as a whole is the
/// one that was published is known when <see cref="Next"/> has returned null, and nothing of it may be relied on before.
/// Every failure is a <see cref="CheckpointException"/> or the disk's own. Not safe for several threads.
/// </summary>
internal sealed class CheckpointReader : IDisposable
{
    private readonly IDiskFile _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[CheckpointFormat.MaxRecordLength];
    private readonly long _length;
    private int _start;
    private int _end;
    private long _filled;
    private long _streams;
    private long _records;
    private StreamName _lastName;

    public CheckpointReader(IDiskFile file)
    {
        _file = file;
        _length = file.Length;
        Header = CheckpointFormat.ReadHeader(Take(CheckpointFormat.HeaderLength));
    }

    /// <summary>The header.</summary>
    public CheckpointHeader Header { get; }

    /// <summary>The digest that ends the file; set, and verified against its content, once <see cref="Next"/> has returned null.</summary>
    public byte[]? Digest { get; private set; }

    /// <summary>The next stream, the catalog's own first; null at the end, which is verified then.</summary>
    public CheckpointStream? Next()
    {
        try
        {
            var record = Record(out var kind, out _);
            if (kind == CheckpointKind.Trailer)
            {
                ReadTrailer(record);
                return null;
            }

            if (kind != CheckpointKind.Stream)
                throw Incoherent($"a record of kind {kind} where a stream should begin");

            var stream = CheckpointStreamCodec.Read(record, out var lengths);
            CheckOrder(stream);
            return stream with
            {
                State = stream.State with
                {
                    Terms = Table(CheckpointKind.Terms, lengths.Terms, static (ref reader) => CheckpointTables.ReadTerm(ref reader)),
                    Producers = Table(CheckpointKind.Producers, lengths.Producers, static (ref reader) => CheckpointTables.ReadProducer(ref reader)),
                    Faulty = Table(CheckpointKind.Faulty, lengths.Faulty, static (ref reader) => CheckpointTables.ReadRange(ref reader)),
                },
            };
        }
        catch (InvalidDataException error)
        {
            throw new CheckpointException(CheckpointFault.Incoherent, $"{Where()}: {error.Message}", error);
        }
    }

    public void Dispose() => _hash.Dispose();

    private delegate T ReadItem<out T>(ref SpanReader reader);

    private T[] Table<T>(CheckpointKind wanted, int length, ReadItem<T> read)
    {
        // Grown as records come and not by the number announced, which one record alone vouches for.
        var items = new List<T>();
        while (items.Count < length)
        {
            var reader = new SpanReader(Record(out var kind, out var count));
            if (kind != wanted || count < 1 || count > length - items.Count)
                throw Incoherent($"{count} items of kind {kind} where {length - items.Count} of {wanted} should follow");

            for (var i = 0; i < count; i++)
                items.Add(read(ref reader));

            reader.End();
        }

        return [.. items];
    }

    /// <summary>The body of the next record, verified; good until the next call.</summary>
    private ReadOnlySpan<byte> Record(out CheckpointKind kind, out int items)
    {
        Fill(CheckpointFormat.RecordHeaderLength);
        var length = BinaryPrimitives.ReadInt32LittleEndian(_buffer.AsSpan(_start));
        if (length is < CheckpointFormat.RecordHeaderLength or > CheckpointFormat.MaxRecordLength)
            throw new CheckpointException(CheckpointFault.ChecksumMismatch, $"{Where()}: a record cannot have {length} bytes.");

        Fill(length);
        var record = _buffer.AsSpan(_start, length);
        if (BinaryPrimitives.ReadUInt32LittleEndian(record[4..]) != CheckpointFormat.RecordChecksum(record))
            throw new CheckpointException(CheckpointFault.ChecksumMismatch, $"{Where()}: the checksum of a record does not hold.");

        Take(length);
        kind = (CheckpointKind)record[8];
        items = BinaryPrimitives.ReadInt32LittleEndian(record[12..]);
        _records += kind == CheckpointKind.Trailer ? 0 : 1;
        return record[CheckpointFormat.RecordHeaderLength..];
    }

    private void CheckOrder(CheckpointStream stream)
    {
        if (stream.State.AsOf < Header.Position)
            throw Incoherent($"stream {stream.State.Id} is as of {stream.State.AsOf}, before the checkpoint's position {Header.Position}");

        if (stream.Entry is null != (_records == 1) || stream.State.Id == Catalog.CatalogEntry.CatalogStream != (_records == 1))
            throw Incoherent("the catalog's own stream must come first, and only there");

        if (stream.Entry is not { } entry)
            return;

        if (entry.Name <= _lastName)
            throw Incoherent($"stream {entry.Name} comes after {_lastName}");

        _lastName = entry.Name;
        _streams++;
    }

    private void ReadTrailer(ReadOnlySpan<byte> body)
    {
        var reader = new SpanReader(body);
        var (streams, records, length) = (reader.Int64(), reader.Int64(), reader.Int64());
        reader.End();
        var digest = _hash.GetHashAndReset();
        if (streams != _streams || records != _records || length != _length)
            throw Incoherent($"{_streams} streams, {_records} records and {_length} bytes where {streams}, {records} and {length} were written");

        if (!Take(CheckpointFormat.DigestLength).SequenceEqual(digest))
            throw new CheckpointException(CheckpointFault.ChecksumMismatch, "The digest of the checkpoint does not hold.");

        Digest = digest;
    }

    /// <summary>Takes bytes off the file; what is taken is hashed.</summary>
    private ReadOnlySpan<byte> Take(int count)
    {
        Fill(count);
        var taken = _buffer.AsSpan(_start, count);
        _hash.AppendData(taken);
        _start += count;
        return taken;
    }

    private void Fill(int count)
    {
        if (_end - _start >= count)
            return;

        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        while (_end < count)
        {
            var read = _file.Read(_filled, _buffer.AsSpan(_end));
            if (read == 0)
                throw new CheckpointException(CheckpointFault.Truncated, $"{Where()}: the file ends in the middle.");

            _end += read;
            _filled += read;
        }
    }

    private string Where() => $"Checkpoint at offset {_filled - (_end - _start)}";

    private CheckpointException Incoherent(string what) => new(CheckpointFault.Incoherent, $"{Where()}: {what}.");
}
