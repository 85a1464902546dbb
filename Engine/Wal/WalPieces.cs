using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Wal;

/// <summary>The pieces of one file in order, fetched ahead by a thread of its own, or when they are asked for.</summary>
internal sealed class WalPieces : IDisposable
{
    private readonly object _gate = new(); // an object, because both sides wait on it
    private readonly Queue<(AlignedBuffer Buffer, int Length)> _fetched = new();
    private readonly Stack<AlignedBuffer> _free = new();
    private readonly IDiskFile _file;
    private readonly long _end;
    private readonly Thread? _thread;
    private long _next;
    private bool _ended;
    private bool _disposed;
    private Exception? _error;

    /// <summary>Starts at an offset that is a multiple of a sector.</summary>
    public WalPieces(IDisk disk, long file, long offset, long fileSize, IEnumerable<AlignedBuffer> buffers, bool threaded)
    {
        _file = disk.Open(WalFileName.Of(file), DiskAccess.ReadDevice);
        _end = Math.Min(fileSize, _file.Length / WalFormat.SectorBytes * WalFormat.SectorBytes);
        _next = offset;
        foreach (var buffer in buffers)
            _free.Push(buffer);

        if (!threaded)
            return;

        _thread = new Thread(FetchAll) { IsBackground = true, Name = "wal-read" };
        _thread.Start();
    }

    /// <summary>Copies the next piece to a place with room for it, and says how long it is; 0 at the end of the file.</summary>
    public int CopyNext(Span<byte> destination)
    {
        (AlignedBuffer Buffer, int Length) piece;
        if (_thread is null)
        {
            piece = Fetch(_free.Pop());
        }
        else
        {
            lock (_gate)
            {
                while (!_fetched.TryDequeue(out piece))
                {
                    if (_error is not null)
                        throw new DiskException(DiskFailure.Io, _error.Message, innerException: _error);

                    if (_ended)
                        return 0;

                    Monitor.Wait(_gate);
                }
            }
        }

        piece.Buffer.Span[..piece.Length].CopyTo(destination);
        lock (_gate)
        {
            _free.Push(piece.Buffer);
            Monitor.PulseAll(_gate);
        }

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

        _thread?.Join();
        _file.Dispose();
    }

    private void FetchAll()
    {
        try
        {
            while (true)
            {
                AlignedBuffer? buffer;
                lock (_gate)
                {
                    while (!_free.TryPop(out buffer) && !_disposed)
                        Monitor.Wait(_gate);

                    if (_disposed)
                        return;
                }

                var piece = Fetch(buffer!);
                lock (_gate)
                {
                    _ended = piece.Length == 0;
                    if (!_ended)
                        _fetched.Enqueue(piece);

                    Monitor.PulseAll(_gate);
                    if (_ended)
                        return;
                }
            }
        }
        catch (Exception error)
        {
            lock (_gate)
            {
                _error = error;
                Monitor.PulseAll(_gate);
            }
        }
    }

    private (AlignedBuffer Buffer, int Length) Fetch(AlignedBuffer buffer)
    {
        var length = (int)Math.Min(buffer.Length, _end - _next);
        if (length <= 0)
            return (buffer, 0);

        var read = _file.ReadFully(_next, buffer.Span[..length]);
        _next += read;
        return (buffer, read);
    }
}
