namespace Orleans.Log.Engine.Wal;

/// <summary>
/// The chunks of recent blocks, oldest first: a bounded number of bytes, beyond which the oldest completed chunk is used again. A chunk that a
/// cursor reads in is not used again before the cursor lets go. Thread-safe.
/// </summary>
internal sealed class WalCache(int chunkBytes, long bytes)
{
    // A few spares save the allocation of the next chunk; more would only hide what the bound says.
    private const int MostSpares = 4;

    private readonly Lock _lock = new();
    private readonly List<WalChunk> _chunks = [];
    private readonly Stack<WalChunk> _spares = new();

    /// <summary>A chunk that begins to mirror a file at an offset; the newest of the cache.</summary>
    public WalChunk Add(long file, uint start)
    {
        lock (_lock)
        {
            if (!_spares.TryPop(out var chunk))
                chunk = new WalChunk(chunkBytes);

            chunk.Begin(file, start);
            _chunks.Add(chunk);
            Trim();
            return chunk;
        }
    }

    /// <summary>A block was opened in a chunk.</summary>
    public void BlockOpened(WalChunk chunk)
    {
        lock (_lock)
            chunk.Pending++;
    }

    /// <summary>A block of a chunk is durable, or given up.</summary>
    public void BlockCompleted(WalChunk chunk)
    {
        lock (_lock)
        {
            if (--chunk.Pending == 0)
                Trim();
        }
    }

    /// <summary>The chunk that holds a place, kept until <see cref="Release"/>; null if it is not in memory.</summary>
    public WalChunk? TryAcquire(WalPosition position)
    {
        lock (_lock)
        {
            for (var i = _chunks.Count - 1; i >= 0; i--)
            {
                if (_chunks[i].Holds(position))
                {
                    _chunks[i].Readers++;
                    return _chunks[i];
                }

                if (_chunks[i].File < position.File)
                    break;
            }

            return null;
        }
    }

    /// <summary>A cursor has left a chunk.</summary>
    public void Release(WalChunk chunk)
    {
        lock (_lock)
        {
            if (--chunk.Readers == 0 && !chunk.Cached)
                Spare(chunk);
        }
    }

    private void Trim()
    {
        // The newest is being filled whatever the bound says.
        while (_chunks.Count > 1 && (long)_chunks.Count * chunkBytes > bytes && _chunks[0].Pending == 0)
        {
            var oldest = _chunks[0];
            _chunks.RemoveAt(0);
            oldest.Cached = false;
            if (oldest.Readers == 0)
                Spare(oldest);
        }
    }

    private void Spare(WalChunk chunk)
    {
        if (_spares.Count < MostSpares)
            _spares.Push(chunk);
    }
}
