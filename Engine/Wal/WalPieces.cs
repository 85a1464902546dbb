using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Wal;

/// <summary>The pieces of one file in order, each read from the device when it is asked for. One user at a time.</summary>
internal sealed class WalPieces : IDisposable
{
    private readonly IDiskFile _file;
    private readonly AlignedBuffer _buffer;
    private readonly long _end;
    private long _next;

    /// <summary>Starts at an offset that is a multiple of a sector. The buffer is as long as a piece.</summary>
    public WalPieces(IDisk disk, long file, long offset, long fileSize, AlignedBuffer buffer)
    {
        (_file, _buffer, _next) = (disk.Open(WalFileName.Of(file), DiskAccess.ReadDevice), buffer, offset);
        _end = EndOf(_file, fileSize);
    }

    /// <summary>Where the whole sectors of a file end that is not longer than it should be.</summary>
    public static long EndOf(IDiskFile file, long fileSize) => Math.Min(fileSize, file.Length / WalFormat.SectorBytes * WalFormat.SectorBytes);

    /// <summary>Copies the next piece to a place with room for it, and says how long it is; 0 at the end of the file.</summary>
    public int CopyNext(Span<byte> destination)
    {
        var length = (int)Math.Min(_buffer.Length, _end - _next);
        if (length <= 0)
            return 0;

        var read = _file.ReadFully(_next, _buffer.Span[..length]);
        _buffer.Span[..read].CopyTo(destination);
        _next += read;
        return read;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
