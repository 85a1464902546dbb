using Orleans.Log.Api.Server.Settings;
using Orleans.Log.Engine.Wal;
using static Orleans.Log.Api.Server.Settings.SettingValues;

namespace Orleans.Log.Standalone.Settings;

/// <summary>Every setting, once: the command line, the environment, appsettings.json, --help and the README's reference are made from this table.</summary>
internal static class SettingTable
{
    private const long MiB = 1024 * 1024;

    private static readonly StandaloneOptions Defaults = new();

    private static readonly long LeastFileBytes = Defaults.Node.Wal.LeastFileSizeMiB() * MiB;

    private const long MostFileBytes = WalOptions.MostFileSizeMiB * MiB;

    /// <summary>Those that every front has: first where it is found, the others after what makes this one.</summary>
    private static readonly Setting<StandaloneOptions>[] Server =
        [.. ServerSettings.All.Select(setting => setting.Within<StandaloneOptions>(options => options.Server))];

    public static IReadOnlyList<Setting<StandaloneOptions>> All { get; } =
    [
        .. Server.Where(IsUrls),
        new("data", SettingKind.Text, "the user's data folder", "The data directory; made if it does not exist. One process at a time.",
            (options, value) => options.Data = value.Length > 0 ? value : throw new FormatException("must name a directory")),
        new("blobs", SettingKind.Text, "default", "The directory of the blob store that streams are moved to, best on another disk; none for none; default for one beside the data directory, by its name with -blobs behind it. A data directory that has used a store needs it from then on.",
            (options, value) => options.Blobs = value switch { None => null, "default" => "", { Length: > 0 } => value, _ => throw new FormatException("must name a directory, or be default or none") }),
        new("restore", SettingKind.Switch, "false", "If the data directory is empty, rebuild it from the blob store before serving. The node whose streams these were must be gone for good.",
            (options, value) => options.Restore = Switch(value)),
        .. Server.Where(setting => !IsUrls(setting)),

        new("stream-in-flight", SettingKind.Size, SizeText(Defaults.Node.StreamInFlightBytes), "Bytes accepted and not yet durable on one stream; beyond it the stream answers too_many_in_flight.",
            (options, value) => options.Node.StreamInFlightBytes = Size(value, 64 * 1024, 1024 * MiB)),
        new("stream-waiting-readers", SettingKind.Number, Text(Defaults.Node.StreamWaitingReaders), "Reads that wait at the tail of one stream.",
            (options, value) => options.Node.StreamWaitingReaders = Number(value, 1, 1_000_000)),
        new("stream-producers", SettingKind.Number, Text(Defaults.Node.StreamProducers), "Most producers that one stream remembers; a full stream rejects new ones as overloaded until one has been silent for its expiry.",
            (options, value) => options.Node.StreamProducers = Number(value, 1, 131_072)),
        new("node-producers", SettingKind.Number, Text(Defaults.Node.NodeProducers), "Most producers that all streams remember, at 250 to 600 bytes each.",
            (options, value) => options.Node.NodeProducers = Number(value, 1, 100_000_000)),
        new("clock-settle", SettingKind.Duration, DurationText(Defaults.Node.ClockSettle), "Time for which the wall clock must run steadily before a forward jump of it counts for retention by age and the expiry of producers; 0s believes it immediately.",
            (options, value) => options.Node.ClockSettle = Duration(value, TimeSpan.Zero, TimeSpan.FromDays(30))),
        new("drain-timeout", SettingKind.Duration, DurationText(Defaults.Node.DrainTimeout), "How long a shutdown waits for appends in flight.",
            (options, value) => options.Node.DrainTimeout = Duration(value, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1))),
        new("checkpoint-retry", SettingKind.Duration, DurationText(Defaults.Node.CheckpointRetry), "How long a checkpoint that failed waits before it is tried again unasked.",
            (options, value) => options.Node.CheckpointRetry = Duration(value, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1))),

        new("segment-size", SettingKind.Size, SizeText(Defaults.Node.Offload.SegmentBytes), "Bytes of records of a stream that are moved to the blob store as a segment of their own; fewer share one with other streams.",
            (options, value) => options.Node.Offload.SegmentBytes = Size(value, 64 * 1024, 256 * MiB)),
        new("segment-age", SettingKind.Duration, DurationText(Defaults.Node.Offload.SegmentAge), "How long a record waits for company before it is moved: at most so much is lost with the disk.",
            (options, value) => options.Node.Offload.SegmentAge = Duration(value, TimeSpan.FromSeconds(1), TimeSpan.FromHours(24))),
        new("offload-parallel", SettingKind.Number, Text(Defaults.Node.Offload.Parallel), "Segments on their way to the blob store at the same time; each is held in memory.",
            (options, value) => options.Node.Offload.Parallel = Number(value, 1, 16)),
        new("offload-bandwidth", SettingKind.Size, None, "Most bytes per second that go to the blob store.",
            (options, value) => options.Node.Offload.BandwidthBytesPerSecond = SizeOrNone(value, 64 * 1024, long.MaxValue / 2)),
        new("offload-drain-timeout", SettingKind.Duration, DurationText(Defaults.Node.Offload.DrainTimeout), "How long a shutdown goes on moving records to the blob store; 0s for not at all. What is not moved stays in the WAL.",
            (options, value) => options.Node.Offload.DrainTimeout = Duration(value, TimeSpan.Zero, TimeSpan.FromHours(1))),
        new("store-attach-timeout", SettingKind.Duration, DurationText(Defaults.Node.Offload.AttachTimeout), "How long a start waits for the blob store before it serves without it.",
            (options, value) => options.Node.Offload.AttachTimeout = Duration(value, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1))),
        new("store-sweep", SettingKind.Duration, DurationText(Defaults.Node.Offload.SweepEvery), "How often retention is applied to quiet streams, and blobs that nothing names any longer are deleted.",
            (options, value) => options.Node.Offload.SweepEvery = Duration(value, TimeSpan.FromSeconds(1), TimeSpan.FromHours(720))),

        new("cache-memory", SettingKind.Size, SizeText(Defaults.Node.SegmentCache.MemoryBytes), "What was read from the blob store and is kept in memory.",
            (options, value) => options.Node.SegmentCache.MemoryBytes = Size(value, 4 * MiB, 65536 * MiB)),
        new("cache-disk", SettingKind.Size, None, "What was read from the blob store and is kept in the data directory; worth it where the store is far away.",
            (options, value) => options.Node.SegmentCache.DiskBytes = SizeOrNone(value, 16 * MiB, 1L << 50) ?? 0),
        new("read-ahead", SettingKind.Size, SizeText(Defaults.Node.SegmentCache.ReadAheadBytes), "How far ahead of a reader that goes forward is read from the blob store; 0 for not at all.",
            (options, value) => options.Node.SegmentCache.ReadAheadBytes = (int)Size(value, 0, 64 * MiB)),
        new("store-reads", SettingKind.Number, Text(Defaults.Node.SegmentCache.Fetches), "Most reads from the blob store at once; each takes at least 1 MiB of memory.",
            (options, value) => options.Node.SegmentCache.Fetches = Number(value, 1, 256)),

        new("wal-file-size", SettingKind.Size, SizeText(Defaults.Node.Wal.FileSizeMiB * MiB), "Size of a WAL file, whole MiB. Fixed when the directory is formatted.",
            (options, value) => options.Node.Wal.FileSizeMiB = MiBs(value)),
        new("wal-prepared-files", SettingKind.Number, Text(Defaults.Node.Wal.PreparedFiles), "WAL files kept ready ahead of the one that is written.",
            (options, value) => options.Node.Wal.PreparedFiles = Number(value, 1, 16)),
        new("wal-io-depth", SettingKind.Number, Text(Defaults.Node.Wal.IoDepth), "Most block writes in flight at once.",
            (options, value) => options.Node.Wal.IoDepth = Number(value, 1, 16)),
        new("wal-block-size", SettingKind.Size, SizeText(Defaults.Node.Wal.BlockBytes), "Size at which a block is closed although no write slot is free.",
            (options, value) => options.Node.Wal.BlockBytes = (int)Size(value, 4096, MiB)),
        new("wal-in-flight", SettingKind.Size, SizeText(Defaults.Node.Wal.InFlightBytes), "Bytes accepted and not yet durable, over all streams; beyond it appends are refused as overloaded.",
            (options, value) => options.Node.Wal.InFlightBytes = Size(value, Defaults.Node.Wal.LargestBodyBytes, 16384 * MiB)),
        new("wal-cache", SettingKind.Size, SizeText(Defaults.Node.Wal.CacheBytes), "Recently written blocks kept readable in memory.",
            (options, value) => options.Node.Wal.CacheBytes = Size(value, 0, 65536 * MiB)),
        new("wal-disk-budget", SettingKind.Size, $"{SizeText(StandaloneOptions.WalBudgetWithStore)} with a blob store, else none", "What the WAL may take on disk, prepared files included; beyond it appends are refused.",
            (options, value) => options.WalDiskBudget = SizeOrNone(value, 2 * LeastFileBytes, long.MaxValue / 2) ?? long.MaxValue),
        new("wal-keep-free", SettingKind.Size, SizeText(Defaults.Node.Wal.KeepFreeBytes), "What preparing WAL files leaves free on the disk: room for a checkpoint, without which a full disk could not be reclaimed.",
            (options, value) => options.Node.Wal.KeepFreeBytes = Size(value, 0, long.MaxValue / 2)),
        new("wal-control-reserve", SettingKind.Size, SizeText(Defaults.Node.Wal.ControlReserveBytes), "Room on a full disk that only trims, seals, fences, terms and deletions may use.",
            (options, value) => options.Node.Wal.ControlReserveBytes = Size(value, 64 * 1024, MostFileBytes / 4)),
        new("wal-quiet-after", SettingKind.Duration, DurationText(Defaults.Node.Wal.QuietAfter), "How long after the last acknowledgement a quiet log writes the mark that vouches for it.",
            (options, value) => options.Node.Wal.QuietAfter = Duration(value, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(10))),
        new("wal-record-after", SettingKind.Duration, DurationText(Defaults.Node.Wal.RecordAfter), "Maximum time until the control slot records what became durable; damage to the log's end that is older is never mistaken for a torn write.",
            (options, value) => options.Node.Wal.RecordAfter = Duration(value, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1))),
        new("wal-starved-retry", SettingKind.Duration, DurationText(Defaults.Node.Wal.StarvedRetry), "How long the WAL waits after meeting a full disk before it looks again unasked.",
            (options, value) => options.Node.Wal.StarvedRetry = Duration(value, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(10))),
        new("wal-sync", SettingKind.Choice, "direct", "How writes are made durable: direct (O_DIRECT and O_DSYNC; fdatasync where the file system refuses that) or fdatasync.",
            (options, value) => options.Node.Wal.WriteDurable = Choice<WalSync>(value) == WalSync.Direct),
    ];

    private static bool IsUrls(Setting<StandaloneOptions> setting) => setting.Name == "urls";

    private static int MiBs(string value) =>
        Size(value, LeastFileBytes, MostFileBytes) is var bytes && bytes % MiB == 0
            ? (int)(bytes / MiB)
            : throw new FormatException($"{SizeRange(LeastFileBytes, MostFileBytes)}, in whole MiB");

    /// <summary>The words of wal-sync.</summary>
    private enum WalSync
    {
        Direct,
        Fdatasync,
    }
}
