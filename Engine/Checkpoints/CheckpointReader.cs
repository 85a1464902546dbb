using System.Security.Cryptography;
using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Checkpoints;

/// <summary>
/// Reads one checkpoint file front to back through one buffer. That the file as a whole is the one that was published is known when
/// <see cref="Next"/> has returned null, and nothing of it may be relied on before. Every failure is a <see cref="CheckpointException"/> or the
/// disk's own. Not safe for several threads.
/// </summary>
internal sealed class CheckpointReader : RecordReader, IDisposable
{
    private readonly IDiskFile _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[CheckpointFormat.MaxRecordLength];
    private readonly long _length;
    private int _start;
    private int _end;
    private long _filled;
    private long _streams;
    private StreamName _lastName;

    public CheckpointReader(IDiskFile file)
    {
        _file = file;
        _length = file.Length;
        Header = CheckpointFormat.ReadHeader(Look(CheckpointFormat.HeaderLength), out var version);
        Version = version;
        Take(CheckpointFormat.HeaderLength);
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

            var first = Records == 1;
            var stream = ReadStream(record);
            CheckOrder(stream, first);
            return stream;
        }
        catch (InvalidDataException error)
        {
            throw new CheckpointException(CheckpointFault.Incoherent, $"{Where()}: {error.Message}", error);
        }
    }

    public void Dispose() => _hash.Dispose();

    /// <inheritdoc/>
    protected override ReadOnlySpan<byte> Look(int count)
    {
        Fill(count);
        return _buffer.AsSpan(_start, count);
    }

    /// <summary>Takes bytes off the file; what is taken is hashed.</summary>
    protected override void Take(int count)
    {
        _hash.AppendData(_buffer.AsSpan(_start, count));
        _start += count;
    }

    /// <inheritdoc/>
    protected override string Where() => $"Checkpoint at offset {_filled - (_end - _start)}";

    private void CheckOrder(CheckpointStream stream, bool first)
    {
        if (stream.State.AsOf < Header.Position)
            throw Incoherent($"stream {stream.State.Id} is as of {stream.State.AsOf}, before the checkpoint's position {Header.Position}");

        if (stream.Entry is null != first || stream.State.Id == Catalog.CatalogEntry.CatalogStream != first)
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
        if (streams != _streams || records != Records || length != _length)
            throw Incoherent($"{_streams} streams, {Records} records and {_length} bytes where {streams}, {records} and {length} were written");

        if (!Look(CheckpointFormat.DigestLength).SequenceEqual(digest))
            throw new CheckpointException(CheckpointFault.ChecksumMismatch, "The digest of the checkpoint does not hold.");

        Digest = digest;
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
}
