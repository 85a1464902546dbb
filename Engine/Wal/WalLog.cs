using Microsoft.Extensions.Logging;
using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Wal;

/// <summary>What the WAL logs: one line per event that an operator should know.</summary>
internal static partial class WalLog
{
    public static void Recovered(ILogger logger, WalRecoveryReport report) => Recovered(
        logger, report.Files, report.Blocks, report.Entries, report.Bytes, report.Duration, report.CutBlocks, report.CutBytes, report.Tail, report.Clean);

    [LoggerMessage(2, LogLevel.Error, "WAL damage: {DamagedEntries} entries with damaged bodies, {Ranges} ranges with unreadable records, {HeadersRepaired} headers repaired. Nothing was cut or skipped; the streams concerned refuse what they cannot prove.")]
    public static partial void Damaged(ILogger logger, long damagedEntries, int ranges, int headersRepaired);

    [LoggerMessage(3, LogLevel.Warning, "No WAL file can be prepared ({Failure}): appends are refused when the prepared room is used up, until space is freed.")]
    public static partial void PreparationFailed(ILogger logger, Exception error, DiskFailure failure);

    [LoggerMessage(4, LogLevel.Warning, "The WAL has reached its disk budget of {Budget} bytes: appends are refused when the prepared room is used up, until WAL files are reclaimed.")]
    public static partial void BudgetReached(ILogger logger, long budget);

    [LoggerMessage(5, LogLevel.Critical, "A write or flush of the WAL failed. Nothing is acknowledged any more; this node stops.")]
    public static partial void Failed(ILogger logger, Exception error);

    [LoggerMessage(8, LogLevel.Warning, "The control slot could not be marked as cleanly shut down; the next start recovers as after a crash.")]
    public static partial void NotMarkedClean(ILogger logger, Exception error);

    [LoggerMessage(9, LogLevel.Warning, "The control slot could not record how far the log is durable ({Failure}); until it can, damage to the end of the log may be mistaken for a torn write.")]
    public static partial void NotRecorded(ILogger logger, Exception error, DiskFailure failure);

    [LoggerMessage(6, LogLevel.Information, "WAL writes: {Mode}.")]
    public static partial void WriteMode(ILogger logger, string mode);

    [LoggerMessage(7, LogLevel.Information, "Formatted a new data directory: node {NodeId}, WAL {WalId}, files of {FileSizeMiB} MiB.")]
    public static partial void Formatted(ILogger logger, Guid nodeId, Guid walId, int fileSizeMiB);

    [LoggerMessage(1, LogLevel.Information, "WAL recovered: {Files} files, {Blocks} blocks, {Entries} entries, {Bytes} bytes in {Duration}; cut {CutBlocks} blocks ({CutBytes} bytes) that were never acknowledged; tail {Tail}; clean shutdown: {Clean}.")]
    private static partial void Recovered(ILogger logger, int files, long blocks, long entries, long bytes, TimeSpan duration, int cutBlocks, long cutBytes, WalPosition tail, bool clean);
}
