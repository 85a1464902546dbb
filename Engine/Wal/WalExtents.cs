namespace Orleans.Log.Engine.Wal;

/// <summary>
/// What is known about the files that count: where the blocks of each end, and what its first block says of the block before. Thread-safe;
/// a few dozen bytes per file.
/// </summary>
internal sealed class WalExtents
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, Extent> _files = [];

    /// <summary>Sequence of the oldest file that counts.</summary>
    public long FirstFile { get; private set; } = 1;

    /// <summary>Sets the oldest file that counts and forgets those before it.</summary>
    public void StartAt(long file)
    {
        lock (_lock)
        {
            FirstFile = file;
            while (_files.Count > 0 && _files.Keys.First() is var oldest && oldest < file)
                _files.Remove(oldest);
        }
    }

    /// <summary>The first block of a file is known.</summary>
    public void Begin(long file, long firstBlock, uint previousHeader)
    {
        lock (_lock)
        {
            // The end may be known already: a file can be left before its first block is handed out.
            var end = _files.TryGetValue(file, out var known) ? known.End : uint.MaxValue;
            _files[file] = new Extent(firstBlock, previousHeader, end);
        }
    }

    /// <summary>No block follows in a file from this offset on.</summary>
    public void End(long file, uint end)
    {
        lock (_lock)
            _files[file] = (_files.TryGetValue(file, out var known) ? known : default) with { End = end };
    }

    /// <summary>Where the blocks of a file end; the highest number if it is not known to be left.</summary>
    public uint EndOf(long file)
    {
        lock (_lock)
            return _files.TryGetValue(file, out var known) ? known.End : uint.MaxValue;
    }

    /// <summary>What the control slot must say when a file becomes the first one; null if its first block is not known.</summary>
    public (long FirstBlock, uint PreviousHeader)? BeginningOf(long file)
    {
        lock (_lock)
            return _files.TryGetValue(file, out var known) && known.FirstBlock > 0 ? (known.FirstBlock, known.PreviousHeader) : null;
    }

    private readonly record struct Extent(long FirstBlock, uint PreviousHeader, uint End);
}
