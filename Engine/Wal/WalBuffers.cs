using System.Collections.Concurrent;
using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Wal;

/// <summary>Buffers of cursors that read from files; a few of the usual size are kept.</summary>
internal sealed class WalBuffers
{
    /// <summary>The usual size.</summary>
    public const int BufferBytes = 256 * 1024;

    private const int MostKept = 16;

    private readonly ConcurrentBag<AlignedBuffer> _kept = [];

    /// <summary>A buffer of at least so many bytes.</summary>
    public AlignedBuffer Rent(int least)
    {
        if (least > BufferBytes)
            return new AlignedBuffer(least);

        return _kept.TryTake(out var buffer) ? buffer : new AlignedBuffer(BufferBytes);
    }

    /// <summary>Takes a buffer back.</summary>
    public void Return(AlignedBuffer buffer)
    {
        if (buffer.Length == BufferBytes && _kept.Count < MostKept)
            _kept.Add(buffer);
    }
}
