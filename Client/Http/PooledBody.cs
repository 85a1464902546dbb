using System.Buffers;

namespace Orleans.Log.Client.Http;

/// <summary>
/// A body of known size in a rented array. Disposing gives the array back, which only one who knows that no request reads it any
/// more may do; a body that is not disposed is left to the garbage collector.
/// </summary>
internal sealed class PooledBody(int size) : IBufferWriter<byte>, IDisposable
{
    private byte[]? _array = ArrayPool<byte>.Shared.Rent(size);
    private int _written;
    private int _disposed;

    public Memory<byte> Memory => _array.AsMemory(0, _written);

    public void Advance(int count) => _written += count;

    public Memory<byte> GetMemory(int sizeHint = 0) => _array.AsMemory(_written, size - _written);

    public Span<byte> GetSpan(int sizeHint = 0) => _array.AsSpan(_written, size - _written);

    public void Dispose()
    {
        // A number says who is first: the reference itself is not safe in an exchange for null (BannedSymbols.txt).
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;

        var array = _array!;
        _array = null;
        ArrayPool<byte>.Shared.Return(array);
    }
}
