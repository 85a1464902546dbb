namespace Orleans.Log.Engine.Wal;

/// <summary>
/// The heart of the WAL: a state machine that orders entries into blocks, hands blocks out to be written and reports what is durable, strictly in
/// order. It has no thread and does no I/O; whoever drives it calls <see cref="TryTakeBlock"/>, writes, and calls <see cref="OnWritten"/>. One short
/// lock; subscribers are called outside of it, by one caller at a time.
/// <para>Invariants, of block sequences: durable ≤ taken &lt; open, and taken − durable ≤ I/O depth. The last one is what recovery's window rests
/// on: when block n is not durable, no block n + depth was ever handed out.</para>
/// </summary>
internal sealed partial class WalSequencer
{
    private readonly object _gate = new(); // an object, because writers wait on it
    private readonly WalOptions _options;
    private readonly Guid _walId;
    private readonly long _fileSize;
    private readonly WalRoom _room;
    private readonly WalCache _cache;
    private readonly WalExtents _extents;
    private readonly TimeProvider _time;
    private readonly Action<Exception> _onFailure;
    private readonly Queue<WalFile> _readyFiles = new();
    private readonly Queue<WalBlock> _closed = new();
    private readonly Queue<WalBlock> _inFlight = new();
    private readonly Queue<WalBlock> _completed = new();
    private readonly Stack<WalBlock> _blockPool = new();
    private WalFile _file;
    private uint _nextOffset;
    private long _nextBlock;
    private WalBlock? _open;
    private WalChunk? _chunk;
    private uint _previousHeader;
    private long _taken;
    private long _durable;
    private WalPosition _recordsEnd;
    private bool _recordWanted;
    private long _lastWithEntries;
    private long _vouched;
    private bool _closing;
    private Exception? _error;
    private long _end;
    private long _durableThrough;

    /// <summary>Starts at a tail; <paramref name="file"/> is the file that it lies in. Everything before the tail is durable.</summary>
    public WalSequencer(
        WalOptions options, Guid walId, long fileSize, in WalTail tail, WalPosition recordsEnd, WalFile file, WalRoom room, WalCache cache, WalExtents extents, TimeProvider time, Action<Exception> onFailure)
    {
        (_options, _walId, _fileSize, _room, _cache, _extents, _time, _onFailure) = (options, walId, fileSize, room, cache, extents, time, onFailure);
        (_file, _nextOffset, _nextBlock, _previousHeader) = (file, tail.Offset, tail.NextBlock, tail.PreviousHeader);
        _deliveredFile = file;
        _taken = _durable = _lastWithEntries = _vouched = tail.NextBlock - 1;
        _end = _durableThrough = tail.Position.Value;
        _recordsEnd = recordsEnd;
    }

    /// <summary>Called, under the lock, when a ready file was taken into use.</summary>
    public Action? FileTaken { get; set; }

    /// <summary>
    /// Called, under the lock, when records became durable for the first time since <see cref="RecordingBegins"/>: so once per slot and not once per block.
    /// </summary>
    public Action? RecordWanted { get; set; }

    /// <summary>Behind everything appended so far.</summary>
    public WalPosition End => new(Volatile.Read(ref _end));

    /// <summary>End of the last block of the durable prefix.</summary>
    public WalPosition DurableThrough => new(Volatile.Read(ref _durableThrough));

    /// <summary>What becomes durable from here on asks for another record.</summary>
    public void RecordingBegins()
    {
        lock (_gate)
            _recordWanted = false;
    }

    /// <summary>Highest block sequence of the durable prefix, and the end of the last block with records in it.</summary>
    public (long Block, WalPosition RecordsEnd) Durable
    {
        get
        {
            lock (_gate)
                return (_durable, _recordsEnd);
        }
    }

    /// <summary>Header CRC of the last block handed out; what the next one chains to.</summary>
    public uint PreviousHeader
    {
        get
        {
            lock (_gate)
                return _previousHeader;
        }
    }

    /// <summary>Files that are ready and not yet in use.</summary>
    public int ReadyFiles
    {
        get
        {
            lock (_gate)
                return _readyFiles.Count;
        }
    }

    /// <summary>The first failure, after which nothing becomes durable any more.</summary>
    public Exception? Error
    {
        get
        {
            lock (_gate)
                return _error;
        }
    }

    /// <summary>A prepared file joins those that are ready, in order of sequence.</summary>
    public void AddReadyFile(WalFile file)
    {
        lock (_gate)
            _readyFiles.Enqueue(file);

        _room.FileReady(_fileSize - WalFormat.SectorBytes);
    }
}
