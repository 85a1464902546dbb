using System.Diagnostics.CodeAnalysis;
using Orleans.Log.Engine.Catalog;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Checkpoints;

/// <summary>What checkpoints are made of.</summary>
/// <param name="Disk">Where they go.</param>
/// <param name="Wal">The log that they relieve.</param>
/// <param name="Catalog">The streams.</param>
/// <param name="Time">Clock for the time noted in the file.</param>
/// <param name="Clock">Time that the next start goes on from.</param>
/// <param name="Probe">Called before each stage; a test may throw there, or look at the disk.</param>
/// <param name="Sabotage">Defects planted by a suite.</param>
internal sealed record CheckpointSource(
    IDisk Disk,
    WriteAheadLog Wal,
    StreamCatalog Catalog,
    TimeProvider Time,
    LogClock Clock,
    Action<CheckpointStage>? Probe = null,
    NodeSabotage Sabotage = NodeSabotage.None);

/// <summary>
/// One checkpoint, from its first stage to its last, over as many attempts as that takes. For one caller at a time; blocks on the disk. After a
/// <see cref="CheckpointStageException"/>, <see cref="RunAsync"/> goes on where the rule of the stage says (<see cref="CheckpointStage"/>).
/// </summary>
internal sealed class CheckpointRun(CheckpointSource source, long sequence)
{
    private CheckpointStage _next = CheckpointStage.Write;
    private WalCheckpoint _checkpoint;
    private WalPosition _lastCapture;
    private WalPosition _reclaimBelow;
    private IDiskFile? _file;

    /// <summary>Sequence of the file.</summary>
    public long Sequence { get; private set; } = sequence;

    /// <summary>Length of the file in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Why old files could not be deleted, or null.</summary>
    public Exception? SweepFailure { get; private set; }

    /// <summary>Goes on to the end, and returns what is now in force.</summary>
    public async Task<WalCheckpoint> RunAsync()
    {
        if (_next == CheckpointStage.Write)
        {
            await DoAsync(CheckpointStage.Write, retryAt: CheckpointStage.Write, Write);
            if (!source.Sabotage.Has(NodeSabotage.PublishBeforeSettle))
                await DoAsync(CheckpointStage.Settle, retryAt: CheckpointStage.Write, () => source.Wal.WhenDurableAsync(_lastCapture));

            await DoAsync(CheckpointStage.Sync, retryAt: CheckpointStage.Write, Sync);
            _next = CheckpointStage.Rename;
        }

        if (_next == CheckpointStage.Rename)
        {
            var (from, to) = (CheckpointFormat.TemporaryName(Sequence), CheckpointFormat.FileName(Sequence));
            await DoAsync(CheckpointStage.Rename, retryAt: CheckpointStage.Rename, () => source.Disk.Rename(from, to));
            Sequence++;
            await DoAsync(CheckpointStage.SyncDirectory, retryAt: CheckpointStage.Write, SyncDirectory);
            _next = CheckpointStage.Publish;
        }

        await DoAsync(CheckpointStage.Publish, retryAt: CheckpointStage.Publish, () => source.Wal.Reclaim(_reclaimBelow, _checkpoint));
        Sweep();
        return _checkpoint;
    }

    private Task DoAsync(CheckpointStage stage, CheckpointStage retryAt, Action action) => DoAsync(stage, retryAt, () =>
    {
        action();
        return Task.CompletedTask;
    });

    [SuppressMessage("Design", "CA1031", Justification = "Whatever failed, the later stages must not run; the rule for what is tried again depends on the stage alone.")]
    private async Task DoAsync(CheckpointStage stage, CheckpointStage retryAt, Func<Task> action)
    {
        try
        {
            source.Probe?.Invoke(stage);
            await action();
        }
        catch (Exception error)
        {
            _next = retryAt;
            if (retryAt == CheckpointStage.Write)
                CloseFile();

            throw new CheckpointStageException(stage, error);
        }
    }

    private void Write()
    {
        source.Disk.CreateDirectory(CheckpointFormat.Directory);
        _file = source.Disk.Create(CheckpointFormat.TemporaryName(Sequence));

        // The catalog comes first, so no stream is captured before it: its as-of is the lowest of all, and a stream created since is wholly in the log.
        var (catalog, streams) = source.Catalog.Capture();
        var header = new CheckpointHeader(source.Wal.WalId, Sequence, catalog.AsOf, source.Time.GetUtcNow().ToUnixTimeMilliseconds(), source.Clock.Now);
        using var writer = new CheckpointWriter(_file, header);
        writer.Add(new CheckpointStream(null, catalog));
        (_lastCapture, _reclaimBelow) = (catalog.AsOf, catalog.AsOf);
        foreach (var (stream, entry) in streams)
        {
            var state = stream.Pipeline.Capture();
            writer.Add(new CheckpointStream(entry, state));
            _lastCapture = state.AsOf > _lastCapture ? state.AsOf : _lastCapture;
            _reclaimBelow = state.OldestLive is { } oldest && oldest < _reclaimBelow && !source.Sabotage.Has(NodeSabotage.ReclaimLiveRecords) ? oldest : _reclaimBelow;
        }

        // What the catalog does not know may be all that is left of a stream.
        if (source.Catalog.Damage is not null)
            _reclaimBelow = source.Wal.Head;

        _checkpoint = new WalCheckpoint(Sequence, header.Position, new WalDigest(writer.Complete()));
        Bytes = _file.Length;
    }

    private void Sync()
    {
        if (!source.Sabotage.Has(NodeSabotage.SkipCheckpointFlush))
            _file!.Flush();

        CloseFile();
    }

    private void SyncDirectory()
    {
        if (!source.Sabotage.Has(NodeSabotage.SkipCheckpointDirectoryFlush))
            source.Disk.FlushDirectory(CheckpointFormat.Directory);
    }

    private void CloseFile()
    {
        _file?.Dispose();
        _file = null;
    }

    private void Sweep()
    {
        try
        {
            source.Probe?.Invoke(CheckpointStage.Sweep);
            CheckpointFiles.Sweep(source.Disk, _checkpoint.Sequence);
        }
        catch (DiskException error)
        {
            SweepFailure = error;
        }
    }
}
