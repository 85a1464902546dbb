using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Wal;

/// <summary>
/// Brings a locked data directory to the state that appends go on from. In this order: control slots; what a start may delete; flush of every
/// file and directory; scan and replay; cut. Nothing is changed before the directory is known to be ours and whole.
/// </summary>
internal sealed class WalRecovery(IDisk disk, WalOptions options, WalHost host)
{
    private readonly ControlFile _controlFile = new(disk, options.Sabotage);

    /// <summary>What is known after recovery.</summary>
    /// <param name="Control">The newest control slot.</param>
    /// <param name="Scan">What was found.</param>
    /// <param name="LastFile">The last file that exists; 0 if there is none.</param>
    /// <param name="BadFileHeaders">Files whose header sector is unreadable.</param>
    /// <param name="Formatted">The directory was empty.</param>
    internal sealed record Result(ControlSlot Control, WalScan Scan, long LastFile, int BadFileHeaders, bool Formatted);

    /// <summary>The control slots.</summary>
    public ControlFile ControlFile => _controlFile;

    /// <summary>The newest control slot of a directory that is ours and whole; an empty directory is formatted. No WAL file is read yet.</summary>
    public ControlSlot LoadOrFormat(out bool formatted)
    {
        var control = _controlFile.Load();
        formatted = control is null;
        control ??= Format();
        CheckSlot(control);
        return control;
    }

    /// <summary>Reads, replays and cuts.</summary>
    public Result Run(ControlSlot control, bool formatted, IWalReplay replay)
    {
        var lastFile = WalDirectory.RequireWhole(disk, control, out var badHeaders);
        if (!options.Sabotage.Has(WalSabotage.SkipFlushBeforeRead))
        {
            // The slot that was read may be in the page cache only. It must not fall back to the older one once the files that only that one needs are gone.
            disk.FlushDirectory(string.Empty);
        }

        DeleteLeftovers(control);
        if (!options.Sabotage.Has(WalSabotage.SkipFlushBeforeRead))
            FlushEverything();

        if (lastFile == 0)
        {
            var fresh = new WalScan { Tail = new WalTail(control.FirstFile, WalFormat.SectorBytes, control.FirstBlock, control.FirstPrevious) };
            return new Result(control, fresh, 0, badHeaders, formatted);
        }

        WalScan scan;
        using (var scanner = new WalScanner(disk, control, lastFile, replay, options.StartThreads ? WalReading.Threaded : WalReading.Unthreaded, options.Sabotage))
            scan = scanner.Run();

        if (!options.Sabotage.Has(WalSabotage.SkipZeroAfterCut))
            WalCutter.Cut(disk, scan.Tail, lastFile, (long)control.FileSizeMiB * WalFormat.MiB);

        return new Result(control, scan, lastFile, badHeaders, formatted);
    }

    // Slots 1 and 2 come before any WAL file: with slot 1 alone nothing can have been written, and formatting starts again.
    private ControlSlot Format()
    {
        WalDirectory.RequireEmpty(disk);
        WalDirectory.Create(disk, options.Sabotage);
        var newId = host.NewId ?? Guid.NewGuid;
        var slot = new ControlSlot { Sequence = 1, FileSizeMiB = options.FileSizeMiB, NodeId = newId(), WalId = newId() };
        _controlFile.Store(slot);
        slot = slot with { Sequence = 2 };
        _controlFile.Store(slot);
        WalLog.Formatted(host.Logger, slot.NodeId, slot.WalId, slot.FileSizeMiB);
        return slot;
    }

    private void CheckSlot(ControlSlot control)
    {
        var fileSize = (long)control.FileSizeMiB * WalFormat.MiB;
        if (control.FileSizeMiB is < 1 or > WalFormat.LargestFileMiB || control.FirstFile < 1 || control.FirstBlock < 1
            || control.LastFile < 0 || (control.LastFile > 0 && control.LastFile < control.FirstFile) || control.RecordsEnd.Value < 0)
        {
            throw new DataDirectoryException(DataDirectoryProblem.UnreadableControlSlot, "The control slot holds numbers out of their bounds.");
        }

        if (fileSize < 2L * WalRoom.LargestBlock(options))
        {
            throw new DataDirectoryException(
                DataDirectoryProblem.UnreadableControlSlot,
                $"The control slot says that WAL files have {control.FileSizeMiB} MiB; two of the largest batches must fit into one, "
                + $"which takes at least {options.LeastFileSizeMiB()} MiB.");
        }
    }

    private void DeleteLeftovers(ControlSlot control)
    {
        foreach (var name in disk.List(WalFileName.Directory))
        {
            var reclaimed = WalFileName.TryParse(name, out var sequence) && sequence < control.FirstFile;
            if (reclaimed || name.EndsWith(WalFileName.Temporary, StringComparison.Ordinal))
                disk.Delete($"{WalFileName.Directory}/{name}");
        }
    }

    // What a process that crashed had written and not flushed may be in the page cache only, and would be gone after the next power failure.
    private void FlushEverything()
    {
        foreach (var sequence in WalDirectory.List(disk))
        {
            using var file = disk.Open(WalFileName.Of(sequence), DiskAccess.Write);
            file.Flush();
        }

        disk.FlushDirectory(WalFileName.Directory);
    }
}
