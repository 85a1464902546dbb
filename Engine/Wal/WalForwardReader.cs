using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Wal;

/// <summary>
/// Reads WAL files from a place on, forward, past the page cache, while the next pieces are fetched and verified by other threads
/// (<see cref="WalReadAhead"/>). Memory is bounded: a window that holds the largest block, and a few pieces. One user at a time.
/// </summary>
internal sealed class WalForwardReader : IDisposable
{
    private readonly IDisk _disk;
    private readonly long _fileSize;
    private readonly int _pieceBytes;
    private readonly AlignedBuffer _window;
    private readonly WalReadAhead? _ahead;
    private readonly Queue<long> _whole = new();
    private AlignedBuffer? _directBuffer;
    private WalPieces? _direct;
    private int _start;
    private int _filled;

    /// <summary>Reads the files up to the last one.</summary>
    public WalForwardReader(IDisk disk, WalBlocks blocks, long lastFile, WalReading reading)
    {
        (_disk, _fileSize, _pieceBytes) = (disk, blocks.FileSize, reading.PieceFor(blocks.FileSize));
        _window = new AlignedBuffer((int)Math.Min(LargestPeek, _fileSize) + _pieceBytes);
        _ahead = reading.Workers == 0 ? null : new WalReadAhead(disk, blocks, lastFile, reading);
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

    /// <summary>
    /// Goes on from a place, a multiple of a sector, anew from the device if anything from there on was looked at before. For the last bit of a
    /// file, which is where a look is repeated in every healthy one, what was read ahead of the next file is kept.
    /// </summary>
    public void Seek(long file, long offset)
    {
        _direct?.Dispose();
        _direct = null;
        _whole.Clear();
        (File, Offset, _start, _filled) = (file, offset, 0, 0);
        if (_ahead is null || (offset > WalFormat.SectorBytes && _fileSize - offset <= _pieceBytes))
            _direct = new WalPieces(_disk, file, offset, _fileSize, _directBuffer ??= new AlignedBuffer(_pieceBytes));
        else if (!_ahead.TrySkipTo(file, offset))
            _ahead.StartAt(file, offset);
    }

    /// <summary>Was the block that begins here verified already, in the bytes that <see cref="Peek"/> gives? If not, nothing is known about it.</summary>
    public bool IsKnownWhole()
    {
        while (_whole.TryPeek(out var offset) && offset < Offset)
            _whole.Dequeue();

        return _whole.TryPeek(out var next) && next == Offset;
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
    public void Dispose()
    {
        _ahead?.Dispose();
        _direct?.Dispose();
    }

    private bool Refill()
    {
        if (_start > 0)
        {
            _window.Span[_start.._filled].CopyTo(_window.Span);
            _filled -= _start;
            _start = 0;
        }

        var room = _window.Span[_filled..];
        var read = _direct?.CopyNext(room) ?? _ahead!.CopyNext(File, room, _whole);
        _filled += read;
        return read > 0;
    }
}
