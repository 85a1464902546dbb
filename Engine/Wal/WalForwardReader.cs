using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Wal;

/// <summary>
/// Reads WAL files from a place on, forward, past the page cache, while the next pieces are fetched by a thread of its own. Memory is bounded:
/// a window that holds the largest block and a few pieces. One user at a time.
/// </summary>
internal sealed class WalForwardReader : IDisposable
{
    private const int LargestPiece = 4 * WalFormat.MiB;
    private const int Ahead = 3;

    private readonly IDisk _disk;
    private readonly long _fileSize;
    private readonly bool _threaded;
    private readonly AlignedBuffer _window;
    private readonly AlignedBuffer[] _buffers;
    private WalPieces? _pieces;
    private int _start;
    private int _filled;

    /// <summary>Reads files of one size; <paramref name="threaded"/> says whether pieces are fetched ahead.</summary>
    public WalForwardReader(IDisk disk, long fileSize, bool threaded)
    {
        (_disk, _fileSize, _threaded) = (disk, fileSize, threaded);
        var piece = (int)Math.Min(LargestPiece, fileSize);
        _window = new AlignedBuffer((int)Math.Min(LargestPeek, fileSize) + piece);
        _buffers = new AlignedBuffer[threaded ? Ahead : 1];
        for (var i = 0; i < _buffers.Length; i++)
            _buffers[i] = new AlignedBuffer(piece);
    }

    /// <summary>Most that can be looked at in one piece: any record of the largest block, from anywhere in a sector.</summary>
    public static int LargestPeek => WalFormat.PadToSector(WalFormat.LargestBlock) + WalFormat.SectorBytes;

    /// <summary>The file that is read.</summary>
    public long File { get; private set; }

    /// <summary>The offset in it.</summary>
    public long Offset { get; private set; }

    /// <summary>The place.</summary>
    public WalPosition Position => new(File, (uint)Offset);

    /// <summary>Bytes from here to the end of the file.</summary>
    public long Left => _fileSize - Offset;

    /// <summary>Goes on from a place, a multiple of a sector, anew from the device.</summary>
    public void Seek(long file, long offset)
    {
        _pieces?.Dispose();
        (File, Offset, _start, _filled) = (file, offset, 0, 0);
        _pieces = new WalPieces(_disk, file, offset, _fileSize, _buffers, _threaded);
    }

    /// <summary>The bytes from here on; fewer than asked for only where the file ends. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Peek(int length)
    {
        length = (int)Math.Min(length, Left);
        while (_filled - _start < length && Refill())
        {
        }

        return _window.Span.Slice(_start, Math.Min(length, _filled - _start));
    }

    /// <summary>Moves forward by a multiple of a sector, within the file.</summary>
    public void Advance(int length)
    {
        while (_filled - _start < length && Refill())
        {
        }

        _start = Math.Min(_start + length, _filled);
        Offset += length;
    }

    /// <inheritdoc/>
    public void Dispose() => _pieces?.Dispose();

    private bool Refill()
    {
        if (_start > 0)
        {
            _window.Span[_start.._filled].CopyTo(_window.Span);
            _filled -= _start;
            _start = 0;
        }

        var read = _pieces!.CopyNext(_window.Span[_filled..]);
        _filled += read;
        return read > 0;
    }
}
