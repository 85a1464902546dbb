using static Orleans.Log.Engine.OptionRangeException;

namespace Orleans.Log.Engine.Wal;

/// <summary>Settings of a node's write-ahead log. Every default is valid; <see cref="Validate"/> is run before anything is opened.</summary>
public sealed class WalOptions
{
    /// <summary>Most that <see cref="FileSizeMiB"/> may be.</summary>
    public const int MostFileSizeMiB = WalFormat.LargestFileMiB;

    /// <summary>
    /// Size of a WAL file in MiB, 64 by default. Fixed when the directory is formatted: an existing directory keeps its own. Large enough
    /// for two of the largest blocks (<see cref="LeastFileSizeMiB"/>), at most <see cref="MostFileSizeMiB"/>.
    /// </summary>
    public int FileSizeMiB { get; set; } = 64;

    /// <summary>Files kept ready ahead of the one that is written, so that appends never wait for allocation: 1…16, 2 by default.</summary>
    public int PreparedFiles { get; set; } = 2;

    /// <summary>Most block writes in flight at once: 1…16. The default is what the benchmark says (docs/PERFORMANCE.md).</summary>
    public int IoDepth { get; set; } = 2;

    /// <summary>Size at which a block is closed although no I/O slot is free, in bytes: 4,096…1 MiB, 1 MiB by default. One larger entry may exceed it.</summary>
    public int BlockBytes { get; set; } = 1024 * 1024;

    /// <summary>Largest body of one entry, in bytes; the largest batch plus what its frames add. Lower only to use small files.</summary>
    public int LargestBodyBytes { get; set; } = WalFormat.LargestBody;

    /// <summary>Bodies accepted and not yet durable, in bytes, over all streams; beyond it admission says overloaded. 64 MiB by default.</summary>
    public long InFlightBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>Recently written blocks kept readable in memory, in bytes; 32 MiB by default. 0 keeps only what is being written.</summary>
    public long CacheBytes { get; set; } = 32L * 1024 * 1024;

    /// <summary>What the WAL may take on disk, in bytes, prepared files included; beyond it admission says full. No bound by default.</summary>
    public long DiskBudgetBytes { get; set; } = long.MaxValue;

    /// <summary>
    /// Room that only control entries (term, trim, seal, fence, deletion) may use when the disk is full, in bytes; 1 MiB by default. Behind it there is as much
    /// as the largest batch takes for those trims and deletions alone that let the oldest WAL file go.
    /// </summary>
    public long ControlReserveBytes { get; set; } = 1024 * 1024;

    /// <summary>
    /// Bytes of the disk that preparing files leaves free, 64 MiB by default: room for a checkpoint, without which a disk that the WAL has filled could
    /// never be reclaimed.
    /// </summary>
    public long KeepFreeBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>How long after the last acknowledgement a quiet log writes the mark that vouches for it; 5 ms by default.</summary>
    public TimeSpan QuietAfter { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// Longest time between the moment at which records become durable and the moment at which the control slot begins to record that they are; 500 ms by
    /// default. The slot is written at most once in it, from a thread of its own, so a loaded log pays for two small writes a second. Damage to the end of
    /// the log that is older than this cannot be mistaken for a torn write.
    /// </summary>
    public TimeSpan RecordAfter { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a preparer that met a full disk waits before it tries again unasked; 1 s by default.</summary>
    public TimeSpan StarvedRetry { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Write with O_DIRECT|O_DSYNC where the file system takes it (true, the default), or always through the page cache with fdatasync.
    /// </summary>
    public bool WriteDurable { get; set; } = true;

    /// <summary>
    /// Start the WAL's threads (true, the default). A simulator says false and drives <see cref="WriteAheadLog"/> itself, step by step.
    /// </summary>
    internal bool StartThreads { get; set; } = true;

    /// <summary>Defects planted by the suites that prove themselves; none in a product.</summary>
    internal WalSabotage Sabotage { get; set; }

    /// <summary>The least that <see cref="FileSizeMiB"/> may be: 2 × (<see cref="LargestBodyBytes"/> + 64 KiB), in whole MiB.</summary>
    public int LeastFileSizeMiB() => (2 * (LargestBodyBytes + 64 * 1024) + WalFormat.MiB - 1) / WalFormat.MiB;

    /// <summary>Throws <see cref="OptionRangeException"/>.</summary>
    public void Validate()
    {
        Check(LargestBodyBytes, "Wal." + nameof(LargestBodyBytes), 4096, WalFormat.LargestBody);
        Check(FileSizeMiB, "Wal." + nameof(FileSizeMiB), LeastFileSizeMiB(), MostFileSizeMiB);
        Check(PreparedFiles, "Wal." + nameof(PreparedFiles), 1, 16);
        Check(IoDepth, "Wal." + nameof(IoDepth), 1, WalFormat.LargestInFlight);
        Check(BlockBytes, "Wal." + nameof(BlockBytes), WalFormat.SectorBytes, WalFormat.MiB);
        Check(InFlightBytes, "Wal." + nameof(InFlightBytes), LargestBodyBytes, 16L << 30);
        Check(CacheBytes, "Wal." + nameof(CacheBytes), 0, 64L << 30);
        Check(DiskBudgetBytes, "Wal." + nameof(DiskBudgetBytes), 2L * FileSizeMiB * WalFormat.MiB, long.MaxValue);
        Check(ControlReserveBytes, "Wal." + nameof(ControlReserveBytes), 64 * 1024, (long)FileSizeMiB * WalFormat.MiB / 4);
        Check(KeepFreeBytes, "Wal." + nameof(KeepFreeBytes), 0, long.MaxValue / 2);
        Check(QuietAfter, "Wal." + nameof(QuietAfter), TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(10));
        Check(RecordAfter, "Wal." + nameof(RecordAfter), TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
        Check(StarvedRetry, "Wal." + nameof(StarvedRetry), TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(10));
    }
}
