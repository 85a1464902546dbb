using Microsoft.Extensions.Logging;
using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Wal;

/// <summary>
/// Keeps files ready ahead of the one that is written: recycles reclaimed files, or fills new ones with zeros, so that the size of a file
/// never changes while blocks are written to it. A file counts once it is flushed, renamed, in its directory,
/// and named by the control slot: from then on its absence is damage. A full disk is no failure of the WAL: the preparer says starved,
/// and tries again when space is reclaimed or a while has passed. One call at a time.
/// </summary>
internal sealed class WalFilePreparer
{
    /// <summary>Most files that are kept beyond <see cref="WalOptions.PreparedFiles"/>, because so many were used up between two times that files were reclaimed.</summary>
    public const int MostKept = 16;

    private const int PieceBytes = WalFormat.MiB;

    private readonly Lock _lock = new();
    private readonly Queue<long> _reclaimed = new();
    private readonly IDisk _disk;
    private readonly WalOptions _options;
    private readonly ControlSlot _control;
    private readonly WalRoom _room;
    private readonly ILogger _logger;
    private long _next;
    private long _made;
    private long _files;
    private int _preparedSince;
    private int _kept;
    private volatile bool _stopping;

    // Kept: where every append is a block of its own, one for each file would come to 64 bytes of garbage an append.
    private AlignedBuffer? _zeros;

    /// <summary>Prepares files from a sequence on; so many exist already.</summary>
    public WalFilePreparer(IDisk disk, WalOptions options, ControlSlot control, WalRoom room, ILogger logger, long next, long files)
    {
        (_disk, _options, _control, _room, _logger, _next, _made, _files) = (disk, options, control, room, logger, next, next - 1, files);
        FileSize = (long)control.FileSizeMiB * WalFormat.MiB;
    }

    /// <summary>
    /// Makes the control slot name a file, durably, before a block can be written to it; null while the opening, which names what there is by itself. Throws
    /// <see cref="DiskException"/>; then the file is not used, and the next attempt begins with naming it.
    /// </summary>
    public Action<long>? Name { get; set; }

    /// <summary>The last file that exists and may be written to.</summary>
    public long LastFile => _next - 1;

    /// <summary>Size of every file.</summary>
    public long FileSize { get; }

    /// <summary>Bytes of all files that exist, reclaimed ones that wait to be recycled included.</summary>
    public long SizeBytes => Interlocked.Read(ref _files) * FileSize;

    /// <summary>
    /// Files do not count any more: kept to be recycled, as many as are used up until files are reclaimed the next time if it goes on as before; the rest is deleted. Were fewer kept, a log whose files are
    /// reclaimed several at a time would delete some each time and fill others with zeros, for ever.
    /// </summary>
    public void Reclaimed(IEnumerable<long> sequences)
    {
        var surplus = new List<long>();
        lock (_lock)
        {
            foreach (var sequence in sequences)
                _reclaimed.Enqueue(sequence);

            // A single reclaiming that comes early says little about the next one; so the number falls by one at a time.
            _kept = Math.Min(Math.Max(_preparedSince, _kept - 1), MostKept);
            _preparedSince = 0;
            var most = _options.PreparedFiles + (IsUnderPressure ? 0 : _kept);
            while (_reclaimed.Count > most)
                surplus.Add(_reclaimed.Dequeue());
        }

        foreach (var sequence in surplus)
        {
            _disk.Delete(WalFileName.Of(sequence));
            Interlocked.Decrement(ref _files);
        }
    }

    /// <summary>
    /// Prepares one file; null if the disk is full or refuses, which is logged once and shown by <see cref="WalRoom.Starved"/>, or if the WAL is being closed.
    /// </summary>
    public WalFile? TryPrepare()
    {
        try
        {
            var file = Prepare();
            if (file is null)
                return null;

            _room.Starved = false;
            return file;
        }
        catch (DiskException error)
        {
            if (!_room.Starved)
                WalLog.PreparationFailed(_logger, error, error.Failure);

            _room.Starved = true;
            DropUnfinished();
            return null;
        }
    }

    /// <summary>Ends a file that is being filled half-way, so that closing does not wait for it.</summary>
    public void Stop() => _stopping = true;

    /// <summary>Opens a file that is ready, for writing in the best way that the file system offers.</summary>
    public WalFile Open(long sequence)
    {
        var name = WalFileName.Of(sequence);
        return new WalFile(sequence, OpenDevice(name), WalPlace.Of(_control.WalId, sequence, _options.Sabotage));
    }

    private IDiskFile OpenDevice(string name)
    {
        if (_options.WriteDurable)
        {
            try
            {
                return _disk.Open(name, DiskAccess.WriteDurable);
            }
            catch (DiskException error) when (error.Failure == DiskFailure.Unsupported)
            {
                // tmpfs and some network file systems: written through the page cache and flushed.
            }
        }

        return _disk.Open(name, DiskAccess.Write);
    }

    private WalFile? Prepare()
    {
        var sequence = _next;
        if (_made < sequence && !TryMake(sequence))
            return null;

        _made = sequence;
        Name?.Invoke(sequence);
        var ready = Open(sequence);
        _next = sequence + 1;
        return ready;
    }

    // False if the disk budget is reached, or the WAL is being closed.
    private bool TryMake(long sequence)
    {
        if (TryRecycle() is { } old)
        {
            _disk.Rename(WalFileName.Of(old), WalFileName.Preparing(sequence));
            using var file = _disk.Open(WalFileName.Preparing(sequence), DiskAccess.Write);
            WriteHeader(file, sequence);
            file.Flush();
        }
        else
        {
            if ((Interlocked.Read(ref _files) + 1) * FileSize > _options.DiskBudgetBytes)
            {
                if (!_room.Starved)
                    WalLog.BudgetReached(_logger, _options.DiskBudgetBytes);

                _room.Starved = true;
                return false;
            }

            if (_disk.FreeBytes - FileSize < _options.KeepFreeBytes)
                throw new DiskException(DiskFailure.Full, $"Another WAL file would leave less than {_options.KeepFreeBytes} bytes of the disk free.");

            if (!TryFill(sequence))
            {
                _disk.Delete(WalFileName.Preparing(sequence));
                return false;
            }

            Interlocked.Increment(ref _files);
        }

        _disk.Rename(WalFileName.Preparing(sequence), WalFileName.Of(sequence));
        if (!_options.Sabotage.Has(WalSabotage.SkipDirectoryFlush))
            _disk.FlushDirectory(WalFileName.Directory);

        return true;
    }

    // What is kept counts as taken: it must not be what sends streams to the store before their time.
    private bool IsUnderPressure => SizeBytes > _options.DiskBudgetBytes / 2;

    private long? TryRecycle()
    {
        lock (_lock)
        {
            _preparedSince++;
            return _reclaimed.TryDequeue(out var old) ? old : null;
        }
    }

    // False if the WAL is being closed.
    private bool TryFill(long sequence)
    {
        using var created = _disk.Create(WalFileName.Preparing(sequence));
        using var direct = OpenDirect(WalFileName.Preparing(sequence));
        var file = direct ?? created;
        _zeros ??= Zeros();
        for (long offset = 0; offset < FileSize; offset += PieceBytes)
        {
            if (_stopping)
                return false;

            file.Write(offset, _zeros.Span);

            // Out of the page cache a whole file in one flush would keep the device busy for tens of milliseconds, and the appends behind it waiting.
            if (direct is null)
                file.Flush();
        }

        WriteHeader(file, sequence);
        file.Flush();
        return true;
    }

    private static AlignedBuffer Zeros()
    {
        var zeros = new AlignedBuffer(PieceBytes);
        zeros.Span.Clear();
        return zeros;
    }

    private IDiskFile? OpenDirect(string name)
    {
        if (!_options.WriteDurable)
            return null;

        try
        {
            return _disk.Open(name, DiskAccess.WriteDirect);
        }
        catch (DiskException error) when (error.Failure == DiskFailure.Unsupported)
        {
            // Filled through the page cache.
            return null;
        }
    }

    private void WriteHeader(IDiskFile file, long sequence)
    {
        var sector = new AlignedBuffer(WalFormat.SectorBytes);
        new WalFileHeader(_control.FileSizeMiB, _control.WalId, sequence).WriteTo(sector.Span);
        file.Write(0, sector.Span);
    }

    // Frees what a failed attempt has taken; a reclaimed file that was being recycled is gone with it, which only costs filling a new one.
    private void DropUnfinished()
    {
        try
        {
            _disk.Delete(WalFileName.Preparing(_next));
            Interlocked.Exchange(ref _files, WalDirectory.List(_disk).Count);
        }
        catch (DiskException)
        {
            // The next attempt creates the file anew in any case, and a start deletes it.
        }
    }
}
