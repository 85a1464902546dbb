using System.Buffers;
using System.IO.Compression;

namespace Orleans.Log.Api.Endpoints.Bodies;

/// <summary>
/// Decompresses a gzip body of one or more members (RFC 1952 §2.2) and throws <see cref="InvalidDataException"/> unless it is whole and nothing else
/// follows. The framework's stream verifies the checksum and the length at the end of each member, but accepts a body that is cut off or that has
/// something else behind a member. Therefore one member more follows the caller's bytes: it comes out as the last bytes exactly if the caller's end
/// is the end of a member.
/// </summary>
internal sealed class WholeGzipStream : ReadOnlyStream
{
    /// <summary>The content of the last member. Letters in no order: compressed, they are other bytes, which a cut-off member cannot pass on.</summary>
    private static readonly byte[] End = "qzJvXkWyGfHbTnMpLdRsCwAeUoIiQxZj"u8.ToArray();

    private static readonly byte[] EndMember = Compress(End);

    private readonly Input _input;
    private readonly GZipStream _gzip;
    private readonly byte[] _output = ArrayPool<byte>.Shared.Rent(16 * 1024);
    private int _start;
    private int _end;
    private bool _done;
    private bool _disposed;

    public WholeGzipStream(Stream compressed)
    {
        _input = new Input(compressed);
        _gzip = new GZipStream(_input, CompressionMode.Decompress);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
            return 0;

        // The last bytes are held back: they may be those of the last member.
        while (!_done && _end - _start <= End.Length)
        {
            _output.AsSpan(_start, _end - _start).CopyTo(_output);
            (_start, _end) = (0, _end - _start);
            var read = await _gzip.ReadAsync(_output.AsMemory(_end), cancellationToken);
            _end += read;
            _done = read == 0;
        }

        if (_done)
            return IsWhole() ? 0 : throw new InvalidDataException("The compressed body is cut off, or something else follows it.");

        var count = Math.Min(_end - _start - End.Length, buffer.Length);
        _output.AsMemory(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _gzip.Dispose();
            ArrayPool<byte>.Shared.Return(_output);
        }

        base.Dispose(disposing);
    }

    private static byte[] Compress(byte[] content)
    {
        using var member = new MemoryStream();
        using (var gzip = new GZipStream(member, CompressionLevel.SmallestSize, leaveOpen: true))
            gzip.Write(content);

        return member.ToArray();
    }

    // No bytes at all are no member.
    private bool IsWhole() => _input.HasBytes && _output.AsSpan(_start, _end - _start).SequenceEqual(End);

    /// <summary>The caller's bytes, and behind them one member of ours.</summary>
    private sealed class Input(Stream compressed) : ReadOnlyStream
    {
        private ReadOnlyMemory<byte>? _last;

        public bool HasBytes { get; private set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_last is null)
            {
                var read = await compressed.ReadAsync(buffer, cancellationToken);
                HasBytes |= read > 0;
                if (read > 0 || buffer.IsEmpty)
                    return read;

                _last = EndMember;
            }

            var count = Math.Min(buffer.Length, _last.Value.Length);
            _last.Value[..count].CopyTo(buffer);
            _last = _last.Value[count..];
            return count;
        }
    }
}
