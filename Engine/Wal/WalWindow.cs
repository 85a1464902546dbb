using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Wal;

/// <summary>
/// The bytes that a cursor looks at: a chunk of the cache while the place is in memory, else a buffer filled from the file. Holds at most one
/// chunk, one buffer and one open file; bytes are valid until the next call.
/// </summary>
internal sealed class WalWindow(WriteAheadLog wal) : IDisposable
{
    private const int FirstRead = 64 * 1024;

    private WalChunk? _chunk;
    private AlignedBuffer? _buffer;
    private long _bufferFile = -1;
    private long _bufferStart;
    private long _bufferEnd;
    private bool _readOn;
    private IDiskFile? _file;
    private long _fileSequence = -1;
    private long _distrusted = -1;

    /// <summary>Did the last bytes come from memory, where nothing can have damaged them?</summary>
    public bool InMemory { get; private set; }

    /// <summary>A jump is likely to need little; reading on, more.</summary>
    public void OnSeek() => _readOn = false;

    /// <summary>
    /// The bytes from a place on, at least <paramref name="least"/> of them unless the file or <paramref name="limit"/> (an offset in the file) comes first.
    /// </summary>
    public ReadOnlySpan<byte> Peek(WalPosition at, int least, long limit)
    {
        if (InChunk(at))
        {
            InMemory = true;
            return _chunk!.Span[(int)(at.Offset - _chunk.Start)..(int)(Math.Min(limit, _chunk.Start + (long)_chunk.Used) - _chunk.Start)];
        }

        InMemory = false;
        if (_bufferFile != at.File || at.Offset < _bufferStart || Math.Min(at.Offset + (long)least, limit) > _bufferEnd)
            Fill(at, least, limit);

        return at.Offset >= _bufferEnd ? default : _buffer!.Span[(int)(at.Offset - _bufferStart)..(int)(Math.Min(limit, _bufferEnd) - _bufferStart)];
    }

    /// <summary>Forgets what was read, and reads from the device, past the page cache, until the next file.</summary>
    public void Distrust()
    {
        _bufferFile = -1;
        if (_distrusted != _fileSequence)
        {
            _distrusted = _fileSequence;
            CloseFile();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        LeaveChunk();
        CloseFile();
        ReturnBuffer();
        _bufferFile = -1;
    }

    private bool InChunk(WalPosition at)
    {
        if (_chunk is not null && at.File == _chunk.File && at.Offset >= _chunk.Start && at.Offset < _chunk.Start + (long)_chunk.Used)
            return true;

        LeaveChunk();
        _chunk = wal.Cache.TryAcquire(at);
        if (_chunk is null)
            return false;

        if (at.Offset < _chunk.Start + (long)_chunk.Used)
            return true;

        LeaveChunk();
        return false;
    }

    private void Fill(WalPosition at, int least, long limit)
    {
        if (_fileSequence != at.File)
            CloseFile();

        _file ??= OpenFile(at);
        var start = at.Offset / WalFormat.SectorBytes * (long)WalFormat.SectorBytes;
        var needed = WalFormat.PadToSector((int)(at.Offset - start) + least);
        var wanted = Math.Max(needed, _readOn ? WalBuffers.BufferBytes : FirstRead);
        wanted = (int)Math.Min(wanted, (limit + WalFormat.SectorBytes - 1) / WalFormat.SectorBytes * WalFormat.SectorBytes - start);
        _bufferFile = -1;
        if (_buffer is null || _buffer.Length < wanted)
        {
            // Let go of before the next one is there: should there be no memory for it, this one must not be returned again.
            ReturnBuffer();
            _buffer = wal.Buffers.Rent(wanted);
        }

        var read = _file.ReadFully(start, _buffer.Span[..wanted]);
        (_bufferFile, _bufferStart, _bufferEnd) = (at.File, start, Math.Min(start + read, limit));
        _readOn = true;
    }

    private IDiskFile OpenFile(WalPosition at)
    {
        try
        {
            var file = wal.Disk.Open(WalFileName.Of(at.File), at.File == _distrusted ? DiskAccess.ReadDevice : DiskAccess.Read);
            _fileSequence = at.File;
            return file;
        }
        catch (DiskException error) when (error.Failure == DiskFailure.NotFound && at.File < wal.Extents.FirstFile)
        {
            throw new LogException(LogErrorCode.Trimmed, $"Position {at} of the write-ahead log was reclaimed.", innerException: error);
        }
    }

    private void ReturnBuffer()
    {
        if (_buffer is null)
            return;

        wal.Buffers.Return(_buffer);
        _buffer = null;
    }

    private void LeaveChunk()
    {
        if (_chunk is null)
            return;

        wal.Cache.Release(_chunk);
        _chunk = null;
    }

    private void CloseFile()
    {
        _file?.Dispose();
        _file = null;
        _fileSequence = -1;
    }
}
