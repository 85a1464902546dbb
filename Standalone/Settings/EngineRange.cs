using Orleans.Log.Api.Server.Settings;
using Orleans.Log.Engine;
using Orleans.Log.ServiceDefaults;
using static Orleans.Log.Api.Server.Settings.SettingValues;

namespace Orleans.Log.Standalone.Settings;

/// <summary>
/// Names a refused option of the engine as its setting, with range and value. Needed only where the range of one setting follows from another;
/// <see cref="SettingTable"/> has every other range.
/// </summary>
internal static class EngineRange
{
    private const long MiB = 1024 * 1024;

    private static readonly Dictionary<string, string> Names = new()
    {
        ["StreamInFlightBytes"] = "stream-in-flight",
        ["StreamWaitingReaders"] = "stream-waiting-readers",
        ["StreamProducers"] = "stream-producers",
        ["NodeProducers"] = "node-producers",
        ["ClockSettle"] = "clock-settle",
        ["DrainTimeout"] = "drain-timeout",
        ["CheckpointRetry"] = "checkpoint-retry",
        ["Offload.SegmentBytes"] = "segment-size",
        ["Offload.SegmentAge"] = "segment-age",
        ["Offload.Parallel"] = "offload-parallel",
        ["Offload.BandwidthBytesPerSecond"] = "offload-bandwidth",
        ["Offload.DrainTimeout"] = "offload-drain-timeout",
        ["Offload.AttachTimeout"] = "store-attach-timeout",
        ["Offload.SweepEvery"] = "store-sweep",
        ["SegmentCache.MemoryBytes"] = "cache-memory",
        ["SegmentCache.DiskBytes"] = "cache-disk",
        ["SegmentCache.ReadAheadBytes"] = "read-ahead",
        ["SegmentCache.Fetches"] = "store-reads",
        ["Wal.FileSizeMiB"] = "wal-file-size",
        ["Wal.PreparedFiles"] = "wal-prepared-files",
        ["Wal.IoDepth"] = "wal-io-depth",
        ["Wal.BlockBytes"] = "wal-block-size",
        ["Wal.InFlightBytes"] = "wal-in-flight",
        ["Wal.CacheBytes"] = "wal-cache",
        ["Wal.DiskBudgetBytes"] = "wal-disk-budget",
        ["Wal.ControlReserveBytes"] = "wal-control-reserve",
        ["Wal.KeepFreeBytes"] = "wal-keep-free",
        ["Wal.QuietAfter"] = "wal-quiet-after",
        ["Wal.RecordAfter"] = "wal-record-after",
        ["Wal.StarvedRetry"] = "wal-starved-retry",
    };

    /// <summary>The setting of an option of the engine, or null if nobody can set it.</summary>
    public static Setting<StandaloneOptions>? SettingOf(string option) =>
        Names.TryGetValue(option, out var name) ? SettingTable.All.Single(setting => setting.Name == name) : null;

    /// <summary>The refusal.</summary>
    public static SettingException Refusal(OptionRangeException error, StandaloneOptions options)
    {
        if (SettingOf(error.Option) is not { } setting)
            return new SettingException(error.Message);

        var (range, value) = (error.Least, error.Most, error.Value) switch
        {
            (TimeSpan least, TimeSpan most, TimeSpan given) => (DurationRange(least, most), DurationText(given)),
            var (least, most, given) when setting.Kind == SettingKind.Size =>
                (SizeRange(Bytes(least), Bytes(most)), SizeText(Bytes(given))),
            var (least, most, given) => (NumberRange(Convert.ToInt64(least, null), Convert.ToInt64(most, null)), $"{given}"),
        };
        var cause = setting.Name is "wal-disk-budget" or "wal-control-reserve"
            ? $" The range follows from --wal-file-size, which is {SizeText(options.Node.Wal.FileSizeMiB * MiB)}."
            : "";
        return new SettingException($"--{setting.Name} {range}; it is '{value}'.{cause}");

        long Bytes(object amount) => Convert.ToInt64(amount, null) * (error.Option.EndsWith("MiB", StringComparison.Ordinal) ? MiB : 1);
    }
}
