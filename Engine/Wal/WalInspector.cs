using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Wal;

/// <summary>
/// Reads the WAL of a data directory without a lock and without changing anything, as far as it can be read: also one that a node would
/// refuse to start on. On the directory of a running node the end is a matter of the moment.
/// </summary>
public static class WalInspector
{
    /// <summary>
    /// Inspects. <paramref name="replay"/>, if given, is told entries and damage as at a start (never <see cref="IWalReplay.OnStart"/>); <paramref name="progress"/>
    /// the bytes of valid blocks so far. Throws <see cref="DiskException"/> only if the disk itself fails.
    /// </summary>
    public static WalInspection Inspect(IDisk disk, IWalReplay? replay = null, Action<long>? progress = null)
    {
        var run = new Inspection(disk, replay ?? new Nobody(), progress);
        return run.Run();
    }

    private sealed class Inspection(IDisk disk, IWalReplay replay, Action<long>? progress)
    {
        private readonly Dictionary<long, (long Blocks, long Bytes)> _perFile = [];
        private readonly List<WalScan> _scans = [];
        private DataDirectoryException? _refusal;
        private long _bytes;

        public WalInspection Run()
        {
            var slots = ControlFile.SlotNames.Select(name => ControlFile.Inspect(disk, name)).ToList();
            var newest = slots.Select(slot => slot.Slot).OfType<ControlSlot>().MaxBy(slot => slot.Sequence);
            Note(() => WalDirectory.RequireSlotsOrEmpty(disk));
            Note(() => _ = new ControlFile(disk, WalSabotage.None).Load() ?? throw new DataDirectoryException(
                newest is null ? DataDirectoryProblem.NotOurs : DataDirectoryProblem.UnreadableControlSlot, "The directory was never formatted to the end."));

            var files = WalDirectory.List(disk);
            var control = newest ?? Guess(files);
            if (control is not null)
            {
                Note(() => WalDirectory.RequireWhole(disk, control, out _));
                foreach (var (first, last) in Runs(files.Where(file => file >= control.FirstFile)))
                    Scan(control, first, last);
            }

            return new WalInspection(
                [.. slots.Select(slot => slot.Inspection)],
                newest?.NodeId,
                control?.WalId,
                control?.FileSizeMiB ?? 0,
                newest?.Checkpoint,
                [.. files.Select(file => InspectFile(file, control))],
                _refusal,
                _scans.Sum(scan => scan.Blocks),
                _scans.Sum(scan => scan.Marks),
                _scans.Sum(scan => scan.Entries),
                _scans.Sum(scan => scan.DamagedEntries),
                _scans.Sum(scan => scan.DamagedBlocks - scan.HeadersRepaired),
                [.. _scans.SelectMany(scan => scan.Damage)],
                _scans.Sum(scan => scan.HeadersRepaired),
                _scans.Sum(scan => scan.CutBlocks),
                _scans.Sum(scan => scan.CutBytes),
                _scans.Count == 0 ? null : _scans[^1].Tail.Position);
        }

        // Without a readable slot the file headers say which WAL it is.
        private ControlSlot? Guess(List<long> files)
        {
            foreach (var file in files)
            {
                if (WalDirectory.TryReadHeader(disk, file, out var header, out _))
                    return new ControlSlot { Sequence = 0, NodeId = Guid.Empty, WalId = header.WalId, FileSizeMiB = header.FileSizeMiB, FirstFile = files[0] };
            }

            return null;
        }

        private static IEnumerable<(long First, long Last)> Runs(IEnumerable<long> files)
        {
            var (first, last) = (0L, -1L);
            foreach (var file in files)
            {
                if (file != last + 1)
                {
                    if (last > 0)
                        yield return (first, last);

                    first = file;
                }

                last = file;
            }

            if (last > 0)
                yield return (first, last);
        }

        // A run of files behind a missing one, or without a slot, starts with whatever its first block says of itself.
        private void Scan(ControlSlot control, long first, long last)
        {
            if (first != control.FirstFile || control.Sequence == 0)
            {
                var start = WalDirectory.TryReadFirstBlock(disk, control, first, out var header) ? header : default;
                control = control with { FirstFile = first, FirstBlock = Math.Max(1, start.Sequence), FirstPrevious = start.PreviousHeader };
            }

            Note(() =>
            {
                using var scanner = new WalScanner(disk, control, last, replay, WalReading.Threaded, WalSabotage.None) { BlockSeen = Count };
                try
                {
                    scanner.Run();
                }
                finally
                {
                    _scans.Add(scanner.Scan);
                }
            });
        }

        private void Count(BlockHeader header)
        {
            var (blocks, bytes) = _perFile.GetValueOrDefault(header.File);
            _perFile[header.File] = (blocks + 1, bytes + header.PaddedLength);
            _bytes += header.PaddedLength;
            progress?.Invoke(_bytes);
        }

        private WalFileInspection InspectFile(long file, ControlSlot? control)
        {
            using var opened = disk.Open(WalFileName.Of(file), DiskAccess.Read);
            var (blocks, bytes) = _perFile.GetValueOrDefault(file);
            var state = !WalDirectory.TryReadHeader(disk, file, out var header, out _) ? WalFileState.HeaderUnreadable
                : control is not null && (header.WalId != control.WalId || header.Sequence != file) ? WalFileState.Foreign
                : file < control?.FirstFile ? WalFileState.Reclaimed
                : WalFileState.Ours;
            return new WalFileInspection(file, opened.Length, state, blocks, bytes);
        }

        private void Note(Action action)
        {
            try
            {
                action();
            }
            catch (DataDirectoryException refusal)
            {
                _refusal ??= refusal;
            }
        }
    }

    private sealed class Nobody : IWalReplay
    {
        public void OnStart(WriteAheadLog wal, in WalCheckpoint checkpoint)
        {
        }

        public void OnEntry(WalPosition position, WalPosition next, in WalEntry entry, ReadOnlySpan<byte> body)
        {
        }

        public void OnDamagedEntry(WalPosition position, WalPosition next, in WalEntry entry)
        {
        }

        public void OnDamage(WalPosition from, WalPosition to)
        {
        }
    }
}
