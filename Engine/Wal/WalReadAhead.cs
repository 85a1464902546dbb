using System.Diagnostics.CodeAnalysis;
using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Wal;

/// <summary>
/// Reads pieces of the files ahead of the one who walks them, over the ends of files, and verifies the blocks that lie whole within a piece: both are
/// done by a few threads, in any order, and handed out in the order of the files. Nothing is decided here: a block that was not verified here, for whatever
/// reason, is verified by the one who walks. Memory is bounded by the buffers. One user at a time.
/// </summary>
internal sealed class WalReadAhead : IDisposable
{
    // One that is being copied and one that is ready, while every thread fills its own.
    private const int SpareBuffers = 2;

    private readonly object _gate = new(); // an object, because both sides wait on it
    private readonly IDisk _disk;
    private readonly WalBlocks _blocks;
    private readonly long _lastFile;
    private readonly int _pieceBytes;
    private readonly Queue<Piece> _planned = new();
    private readonly Stack<AlignedBuffer> _free = new();
    private readonly Thread[] _threads;
    private long _nextFile = long.MaxValue;
    private long _nextOffset;
    private int _life;
    private bool _disposed;

    /// <summary>Reads up to the end of <paramref name="lastFile"/>; nothing before <see cref="StartAt"/>.</summary>
    public WalReadAhead(IDisk disk, WalBlocks blocks, long lastFile, WalReading reading)
    {
        (_disk, _blocks, _lastFile, _pieceBytes) = (disk, blocks, lastFile, reading.PieceFor(blocks.FileSize));
        for (var i = 0; i < reading.Workers + SpareBuffers; i++)
            _free.Push(new AlignedBuffer(_pieceBytes));

        _threads = new Thread[reading.Workers];
        for (var i = 0; i < _threads.Length; i++)
        {
            _threads[i] = new Thread(Work) { IsBackground = true, Name = "wal-read" };
            _threads[i].Start();
        }
    }

    /// <summary>Forgets what was read, and reads on from a place, a multiple of a sector, anew from the device.</summary>
    public void StartAt(long file, long offset)
    {
        lock (_gate)
        {
            while (_planned.TryDequeue(out var piece))
                Drop(piece);

            (_nextFile, _nextOffset) = (file, offset);
            _life++;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Goes on from a place if that is where a piece begins which is still to come; false if it is not, and nothing has changed.</summary>
    public bool TrySkipTo(long file, long offset)
    {
        lock (_gate)
        {
            if ((_nextFile, _nextOffset) != (file, offset) && !_planned.Any(piece => piece.File == file && piece.Offset == offset))
                return false;

            while (_planned.TryPeek(out var piece) && (piece.File, piece.Offset) != (file, offset))
                Drop(_planned.Dequeue());

            Monitor.PulseAll(_gate);
            return true;
        }
    }

    /// <summary>
    /// Copies the next piece of a file to a place with room for it, and says how long it is; 0 at the end of the file. Adds the offsets of the blocks in it that
    /// are whole. Throws <see cref="DiskException"/> if that piece could not be read.
    /// </summary>
    public int CopyNext(long file, Span<byte> destination, Queue<long> whole)
    {
        Piece? piece;
        lock (_gate)
        {
            while (!_planned.TryPeek(out piece) || !piece.Done)
            {
                if ((piece?.File ?? _nextFile) != file)
                    return 0;

                Monitor.Wait(_gate);
            }

            if (piece.File != file)
                return 0;

            _planned.Dequeue();
        }

        if (piece.Error is { } error)
            throw new DiskException(DiskFailure.Io, error.Message, innerException: error);

        piece.Buffer.Span[..piece.Length].CopyTo(destination);
        foreach (var offset in piece.Whole)
            whole.Enqueue(offset);

        lock (_gate)
            Drop(piece);

        return piece.Length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            Monitor.PulseAll(_gate);
        }

        foreach (var thread in _threads)
            thread.Join();
    }

    private void Work()
    {
        var (file, sequence, life) = ((IDiskFile?)null, 0L, 0);
        while (TryPlan(out var piece))
        {
            try
            {
                // A file that is read anew is opened anew: where there is no direct I/O, that is what drops its pages.
                if (file is null || (sequence, life) != (piece.File, piece.Life))
                {
                    file?.Dispose();
                    file = null;
                    file = _disk.Open(WalFileName.Of(piece.File), DiskAccess.ReadDevice);
                    (sequence, life) = (piece.File, piece.Life);
                }

                Read(file, piece);
                Verify(piece);
            }
            catch (Exception error)
            {
                // For whoever comes to this piece; nobody may.
                piece.Error = error;
            }

            lock (_gate)
            {
                piece.Done = true;
                if (piece.Dropped)
                    _free.Push(piece.Buffer);

                Monitor.PulseAll(_gate);
            }
        }

        file?.Dispose();
    }

    private bool TryPlan([NotNullWhen(true)] out Piece? piece)
    {
        lock (_gate)
        {
            while (!_disposed && (_free.Count == 0 || _nextFile > _lastFile))
                Monitor.Wait(_gate);

            if (_disposed)
            {
                piece = null;
                return false;
            }

            piece = new Piece(_nextFile, _nextOffset, _free.Pop(), _life);
            _planned.Enqueue(piece);
            _nextOffset += _pieceBytes;
            if (_nextOffset >= _blocks.FileSize)
                (_nextFile, _nextOffset) = (_nextFile + 1, WalFormat.SectorBytes);

            return true;
        }
    }

    private void Read(IDiskFile file, Piece piece)
    {
        var length = (int)Math.Clamp(WalPieces.EndOf(file, _blocks.FileSize) - piece.Offset, 0, _pieceBytes);
        piece.Length = file.ReadFully(piece.Offset, piece.Buffer.Span[..length]);
    }

    private void Verify(Piece piece)
    {
        var bytes = piece.Buffer.Span[..piece.Length];
        for (var at = 0; at < bytes.Length;)
        {
            var place = new WalPosition(piece.File, (uint)(piece.Offset + at));
            if (_blocks.HeaderAt(bytes[at..], place, out var header, out _)
                && header.PaddedLength <= bytes.Length - at
                && _blocks.Verify(bytes.Slice(at, header.PaddedLength), header) == WalBlockState.Whole)
            {
                piece.Whole.Add(place.Offset);
                at += header.PaddedLength;
            }
            else
            {
                at += WalFormat.SectorBytes;
            }
        }
    }

    /// <summary>The piece is not needed any more; its buffer is, once nobody fills it. Under the lock.</summary>
    private void Drop(Piece piece)
    {
        piece.Dropped = true;
        if (piece.Done)
            _free.Push(piece.Buffer);

        Monitor.PulseAll(_gate);
    }

    private sealed class Piece(long file, long offset, AlignedBuffer buffer, int life)
    {
        public long File { get; } = file;

        public long Offset { get; } = offset;

        public AlignedBuffer Buffer { get; } = buffer;

        public int Life { get; } = life;

        public List<long> Whole { get; } = [];

        public int Length { get; set; }

        public Exception? Error { get; set; }

        public bool Done { get; set; }

        public bool Dropped { get; set; }
    }
}

/// <summary>How a scan reads.</summary>
/// <param name="Workers">Threads that read ahead and verify; 0: everything on the caller's thread, as a simulator wants it.</param>
/// <param name="PieceBytes">Most that is read at once, a multiple of a sector.</param>
internal sealed record WalReading(int Workers, int PieceBytes = 4 * WalFormat.MiB)
{
    // Reading needs two to keep a device busy; what is beyond that verifies. The walk behind them is one thread, and keeps up with no more.
    private const int MostWorkers = 4;

    /// <summary>On the caller's thread.</summary>
    public static WalReading Unthreaded { get; } = new(0);

    /// <summary>As many threads as are of use on this machine.</summary>
    public static WalReading Threaded { get; } = new(Math.Clamp(Environment.ProcessorCount, 2, MostWorkers));

    /// <summary>Bytes of a piece in files of a size.</summary>
    public int PieceFor(long fileSize) => (int)Math.Min(PieceBytes, fileSize);
}
