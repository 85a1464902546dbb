using System.Buffers;
using System.IO.Compression;

namespace Orleans.Log.Api.Endpoints.Bodies;

/// <summary>
/// Decompresses a brotli body and throws <see cref="InvalidDataException"/> unless it is whole and nothing follows it. The framework's
/// stream takes a body that was cut off for a shorter one, which would append half of a batch.
/// </summary>
internal sealed class WholeBrotliStream(Stream compressed) : ReadOnlyStream
{
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
    private BrotliDecoder _decoder;
    private ReadOnlyMemory<byte> _input;
    private bool _done;
    private bool _disposed;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (_done)
            {
                return _input.IsEmpty && await compressed.ReadAsync(_buffer, cancellationToken) == 0
                    ? 0
                    : throw new InvalidDataException("Something follows the compressed body.");
            }

            var status = _decoder.Decompress(_input.Span, buffer.Span, out var consumed, out var written);
            _input = _input[consumed..];
            _done = status == OperationStatus.Done;
            if (status == OperationStatus.InvalidData)
                throw new InvalidDataException("The body is not brotli.");
            if (written > 0)
                return written;

            if (status == OperationStatus.NeedMoreData)
            {
                var read = await compressed.ReadAsync(_buffer, cancellationToken);
                _input = read > 0 ? _buffer.AsMemory(0, read) : throw new InvalidDataException("The compressed body is cut off.");
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (!_disposed)
        {
            _disposed = true;
            _decoder.Dispose();
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        base.Dispose(disposing);
    }
}
