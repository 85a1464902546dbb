using System.Security.Cryptography;
using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Checkpoints;

/// <summary>
/// Writes one checkpoint file front to back. Not safe for several threads. It does not flush: that is a stage of its own. After an exception the
/// file is worthless and is begun anew.
/// </summary>
internal sealed class CheckpointWriter : RecordWriter, IDisposable
{
    private readonly IDiskFile _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _offset;
    private long _streams;

    public CheckpointWriter(IDiskFile file, in CheckpointHeader header)
    {
        _file = file;
        CheckpointFormat.WriteHeader(header, Plain(CheckpointFormat.HeaderLength));
    }

    /// <summary>Adds a stream: the catalog's own first, then the others in ordinal order of their names.</summary>
    public void Add(CheckpointStream stream)
    {
        WriteStream(stream);
        _streams += stream.Entry is null ? 0 : 1;
    }

    /// <summary>Writes the trailer and what is still buffered. The result is the digest that ends the file.</summary>
    public byte[] Complete()
    {
        var writer = new SpanWriter(Record(CheckpointFormat.TrailerLength)[CheckpointFormat.RecordHeaderLength..]);
        writer.Int64(_streams);
        writer.Int64(Records);
        writer.Int64(_offset + Buffered + CheckpointFormat.TrailerLength + CheckpointFormat.DigestLength);
        Close(CheckpointKind.Trailer, items: 0, CheckpointFormat.TrailerLength);
        PutAll();
        var digest = _hash.GetHashAndReset();
        _file.Write(_offset, digest);
        return digest;
    }

    public void Dispose() => _hash.Dispose();

    protected override void Put(ReadOnlySpan<byte> bytes)
    {
        _file.Write(_offset, bytes);
        _hash.AppendData(bytes);
        _offset += bytes.Length;
    }
}
