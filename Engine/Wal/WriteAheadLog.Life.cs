using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Wal;

/// <summary>Opening, reclaiming and closing.</summary>
public sealed partial class WriteAheadLog
{
    private WriteAheadLog(IDisk disk, IDisposable held, WalOptions options, WalHost host, ControlFile controlFile, ControlSlot slot)
    {
        (_disk, _lock, _options, _host, _controlFile, _slot) = (disk, held, options, host, controlFile, slot);
        FileSize = (long)slot.FileSizeMiB * WalFormat.MiB;
        _room = new WalRoom(options);
        _cache = new WalCache((int)Math.Min(WalRoom.LargestBlock(options) + 16 * WalFormat.SectorBytes, FileSize), options.CacheBytes);
    }

    /// <summary>The machinery, for a simulator that drives it without threads.</summary>
    internal WalSequencer Sequencer => _sequencer;

    /// <summary>Begins to write a block that was taken from the sequencer: the first half of what a writer's thread does. False if it failed.</summary>
    internal bool BeginWrite(WalBlock block) => _writers.Begin(block);

    /// <summary>Ends what <see cref="BeginWrite"/> began, and reports it.</summary>
    internal void EndWrite(WalBlock block) => _writers.End(block, started: 0);

    /// <summary>Blocks known, for tests and the cursor.</summary>
    internal WalExtents Extents => _extents;

    internal WalCache Cache => _cache;

    internal WalBuffers Buffers { get; } = new();

    internal IDisk Disk => _disk;

    internal WalOptions Options => _options;

    internal long FileSize { get; }

    /// <summary>Prepares one file, which the control slot names before it can be used, if fewer are ready than wanted, and says whether it did.</summary>
    internal bool PrepareStep()
    {
        if (_sequencer.ReadyFiles >= _options.PreparedFiles || _preparer.TryPrepare() is not { } file)
            return false;

        _sequencer.AddReadyFile(file);
        return true;
    }

    /// <summary>
    /// Records in the control slot how far the log is durable, unless a slot says so already. What vouches for the end of the log must not stand in it: damage
    /// from some block to the end takes everything along that stands there.
    /// </summary>
    internal void RecordStep()
    {
        _sequencer.RecordingBegins();
        lock (_control)
        {
            if (_slot.RecordsEnd >= _sequencer.Durable.RecordsEnd || _options.Sabotage.Has(WalSabotage.SkipRecord))
                return;
        }

        StoreSlot(slot => slot with { Clean = false });
    }

    /// <summary>
    /// Says that nothing below a position is needed any more and which checkpoint now counts: the control slot is written first, then whole
    /// files go, oldest first. Blocks on the disk; one caller at a time. Throws <see cref="DiskException"/>; then nothing was reclaimed.
    /// </summary>
    public void Reclaim(WalPosition below, in WalCheckpoint checkpoint)
    {
        lock (_control)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var oldFirst = _slot.FirstFile;
            var first = FirstFileFor(below);
            if (_options.Sabotage.Has(WalSabotage.ReclaimBeforeControlSlot))
                Forget(oldFirst, first);

            var next = Successor(_slot with { Clean = false, Checkpoint = checkpoint });
            if (first > oldFirst && _extents.BeginningOf(first) is { } beginning)
                next = next with { FirstFile = first, FirstBlock = beginning.FirstBlock, FirstPrevious = beginning.PreviousHeader };

            _controlFile.Store(next);
            _slot = next;
            _extents.StartAt(next.FirstFile);
            Forget(oldFirst, next.FirstFile);
        }

        _preparerThread?.Wake();
    }

    /// <summary>
    /// Stops admission, writes what was accepted, marks the control slot clean and releases the directory. Blocks until that is done. Idempotent.
    /// </summary>
    public void Dispose()
    {
        lock (_control)
        {
            if (_disposed)
                return;

            _disposed = true;
        }

        _sequencer.BeginClose();
        _preparer.Stop();
        _preparerThread?.Stop();
        _recorderThread?.Stop();
        _writers.Join();
        while (_sequencer.TryTakeBlock(out var block))
            _writers.Write(block);

        _sequencer.WaitUntilDelivered();
        _sequencer.CloseFiles();
        try
        {
            // After a failure nothing more is claimed about the disk.
            if (_sequencer.Error is null)
                StoreSlot(slot => slot with { Clean = true });
        }
        catch (DiskException error)
        {
            // The next start recovers as after a crash; nothing is lost by it.
            WalLog.NotMarkedClean(_host.Logger, error);
        }
        finally
        {
            _lock.Dispose();
        }
    }

    private static IDisposable Lock(IDisk disk)
    {
        try
        {
            return disk.Lock(WalDirectory.Lock);
        }
        catch (DiskException error) when (error.Failure == DiskFailure.Locked)
        {
            throw new DataDirectoryException(DataDirectoryProblem.InUse, "Another process has this data directory open.", error);
        }
    }

    // Takes over what recovery found. The slot written here vouches for all of it, and says that the node is running.
    private void Start(WalRecovery.Result result, long started)
    {
        Attach(result);
        StoreSlot(slot => slot with { Clean = false, LastFile = _preparer.LastFile });
        if (!_options.Sabotage.Has(WalSabotage.UseUnnamedFile))
            _preparer.Name = file => StoreSlot(slot => slot with { Clean = false, LastFile = file });
        var scan = result.Scan;
        Report = new WalRecoveryReport(
            result.Formatted,
            result.Control.Clean,
            (int)Math.Max(0, result.LastFile - result.Control.FirstFile + 1),
            scan.Bytes,
            scan.Blocks,
            scan.Entries,
            scan.CutBytes,
            scan.CutBlocks,
            scan.DamagedEntries,
            scan.Damage,
            scan.HeadersRepaired + result.BadFileHeaders,
            scan.Tail.Position,
            _host.Time.GetElapsedTime(started));
        WalLog.WriteMode(_host.Logger, WritesAreDurable ? "O_DIRECT|O_DSYNC" : "page cache and fdatasync");
        WalLog.Recovered(_host.Logger, Report);
        if (Report.DamagedEntries > 0 || Report.Damage.Count > 0 || Report.HeadersRepairedFromContext > 0)
            WalLog.Damaged(_host.Logger, Report.DamagedEntries, Report.Damage.Count, Report.HeadersRepairedFromContext);

        if (!_options.StartThreads)
            return;

        _preparerThread = new WalPreparerThread(PrepareStep, _room, _options.StarvedRetry);
        _sequencer.FileTaken = _preparerThread.Wake;
        _recorderThread = new WalRecorderThread(RecordStep, _host.Time, _options.RecordAfter, _host.Logger);
        _sequencer.RecordWanted = _recorderThread.Wake;
        _writers.Start();
    }

    private void Attach(WalRecovery.Result result)
    {
        var tail = result.Scan.Tail;
        _extents = result.Scan.Extents;
        var existing = result.LastFile == 0 ? 0 : result.LastFile - _slot.FirstFile + 1;
        _preparer = new WalFilePreparer(_disk, _options, _slot, _room, _host.Logger, Math.Max(result.LastFile + 1, _slot.FirstFile), existing);

        // A new WAL has no file yet, and one that ends in damage may go on in a file that is not there yet.
        var file = tail.File <= result.LastFile ? _preparer.Open(tail.File) : PrepareFirst();
        _room.FileReady(FileSize - tail.Offset);
        _sequencer = new WalSequencer(_options, WalId, FileSize, tail, result.Scan.RecordsEnd, file, _room, _cache, _extents, _host.Time, OnFailure);
        for (var ready = tail.File + 1; ready <= result.LastFile; ready++)
            _sequencer.AddReadyFile(_preparer.Open(ready));

        WritesAreDurable = file.Device.WritesAreDurable;
        var instruments = new WalInstruments(_host.Meter, () => SizeBytes, () => _room.InFlight);
        _writers = new WalWriters(_sequencer, _options, instruments, _host);
    }

    // Every slot says how far the log is durable.
    private void StoreSlot(Func<ControlSlot, ControlSlot> change)
    {
        lock (_control)
        {
            var next = Successor(change(_slot));
            _controlFile.Store(next);
            _slot = next;
        }
    }

    private ControlSlot Successor(ControlSlot slot)
    {
        var (block, records) = _sequencer.Durable;
        return slot with { Sequence = _slot.Sequence + 1, DurableThrough = block, RecordsEnd = records };
    }

    private WalFile PrepareFirst() => _preparer.TryPrepare()
        ?? throw new DiskException(DiskFailure.Full, "There is no room for the first WAL file.");

    // The file of the durable tail never goes, nor one whose first block is not known: the control slot must say what the scan starts with.
    private long FirstFileFor(WalPosition below)
    {
        var durable = DurableThrough;
        var first = Math.Min(below.File, durable.Offset > WalFormat.SectorBytes ? durable.File : durable.File - 1);
        while (first > _slot.FirstFile && _extents.BeginningOf(first) is null)
            first--;

        return Math.Max(first, _slot.FirstFile);
    }

    private void Forget(long from, long to)
    {
        var files = new List<long>();
        for (var file = from; file < to; file++)
        {
            if (_disk.Exists(WalFileName.Of(file)))
                files.Add(file);
        }

        if (files.Count > 0)
            _preparer.Reclaimed(files);
    }

    private void OnFailure(Exception error)
    {
        WalLog.Failed(_host.Logger, error);
        _host.OnFailure(error);
    }
}
