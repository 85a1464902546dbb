using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Wal;

/// <summary>
/// A piece of memory that mirrors a contiguous piece of one WAL file: blocks are built in it, written from it, and read from it while
/// they are recent. Small blocks take only their padded length, so a megabyte of cache holds a megabyte of log whatever the block size.
/// Guarded by the lock of its <see cref="WalCache"/>, but for the bytes.
/// </summary>
internal sealed class WalChunk(int capacity)
{
    private readonly AlignedBuffer _buffer = new(capacity);

    /// <summary>Bytes that it can hold.</summary>
    public int Capacity => _buffer.Length;

    /// <summary>The file that it mirrors.</summary>
    public long File { get; private set; }

    /// <summary>Offset in the file of its first byte.</summary>
    public uint Start { get; private set; }

    /// <summary>Bytes taken by closed blocks; the open one begins here.</summary>
    public int Used { get; set; }

    /// <summary>Blocks in it that are not completed yet.</summary>
    public int Pending { get; set; }

    /// <summary>Cursors that read in it.</summary>
    public int Readers { get; set; }

    /// <summary>Is it in the cache, so that new readers find it?</summary>
    public bool Cached { get; set; }

    /// <summary>Its bytes.</summary>
    public Span<byte> Span => _buffer.Span;

    /// <summary>Begins to mirror another piece.</summary>
    public void Begin(long file, uint start)
    {
        (File, Start, Used, Pending, Readers, Cached) = (file, start, 0, 0, 0, true);
    }

    /// <summary>Does a place lie in what it mirrors?</summary>
    public bool Holds(WalPosition position) => position.File == File && position.Offset >= Start && position.Offset < Start + (uint)Capacity;
}
