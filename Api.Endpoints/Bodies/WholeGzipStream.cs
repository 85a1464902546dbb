using System.Buffers.Binary;
using System.IO.Compression;

namespace Orleans.Log.Api.Endpoints.Bodies;

/// <summary>
/// Decompresses a gzip body and throws <see cref="InvalidDataException"/> unless it is whole. The framework's stream takes a body that
/// was cut off for a shorter one, which would append half of a batch; so the length that a gzip member ends with (RFC 1952) is held
/// against what came out. A body is one member.
/// </summary>
internal sealed class WholeGzipStream : ReadOnlyStream
{
    private readonly Tail _tail;
    private readonly GZipStream _gzip;
    private uint _length;

    public WholeGzipStream(Stream compressed)
    {
        _tail = new Tail(compressed);
        _gzip = new GZipStream(_tail, CompressionMode.Decompress);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await _gzip.ReadAsync(buffer, cancellationToken);
        unchecked
        {
            _length += (uint)read;
        }

        return read > 0 || buffer.IsEmpty || _tail.Value == _length ? read : throw new InvalidDataException("The compressed body is cut off.");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _gzip.Dispose();

        base.Dispose(disposing);
    }

    /// <summary>Remembers the last four bytes that passed.</summary>
    private sealed class Tail(Stream compressed) : ReadOnlyStream
    {
        private readonly byte[] _last = new byte[4];

        public uint? Value => Passed < 18 ? null : BinaryPrimitives.ReadUInt32LittleEndian(_last);

        private long Passed { get; set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await compressed.ReadAsync(buffer, cancellationToken);
            Passed += read;
            var end = buffer.Span[Math.Max(0, read - 4)..read];
            _last.AsSpan(end.Length).CopyTo(_last);
            end.CopyTo(_last.AsSpan(4 - end.Length));
            return read;
        }
    }
}
