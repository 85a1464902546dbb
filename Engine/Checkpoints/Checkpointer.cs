using Microsoft.Extensions.Logging;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Checkpoints;

/// <summary>
/// Decides when a checkpoint is worth its writing, and makes one at a time, in the background. It is woken by events (a new WAL file was begun, a trim or a deletion
/// may have freed one) and, after a failure, once more by a timer. A failure costs no data and stops nobody: the log keeps its files for longer.
/// Safe for use by any number of threads.
/// </summary>
internal sealed class Checkpointer : IDisposable
{
    // Without anything to reclaim, a checkpoint still bounds what damage can put in doubt; so one is made after that many files, and after as many
    // times its own size in new log.
    private const int FilesBetween = 8;
    private const int SizesBetween = 4;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _one = new(1);
    private readonly CheckpointSource _source;
    private readonly CheckpointerSettings _settings;
    private readonly ITimer _retry;
    private CheckpointRun? _run;
    private WalCheckpoint _inForce;
    private long _bytes;

    // While the log ends here, a checkpoint would say the same again.
    private WalPosition _upToDateAt;
    private long _nextSequence;
    private bool _overdue;
    private Task? _working;
    private bool _wanted;
    private bool _stopped;

    // It needed the first file when that was last asked.
    private LogNodeStream? _holder;

    /// <summary>One that continues from what recovery found.</summary>
    public Checkpointer(CheckpointSource source, CheckpointerSettings settings, NodeRecovery recovery)
    {
        (_source, _settings, _inForce, _bytes) = (source, settings, recovery.Checkpoint, recovery.CheckpointBytes);
        _overdue = recovery.IsProvedByCheckpoint;
        _upToDateAt = recovery.CheckpointIsComplete && !_overdue ? source.Wal.End : _inForce.Position;
        _nextSequence = _inForce.Sequence + 1;
        _retry = source.Time.CreateTimer(static state => ((Checkpointer)state!).Request(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Why the last attempt failed, or null.</summary>
    public string? Failure { get; private set; }

    /// <summary>Deletes what attempts of earlier processes left. Before any checkpoint.</summary>
    public void SweepAtStart()
    {
        try
        {
            CheckpointFiles.Sweep(_source.Disk, _inForce.Sequence);
        }
        catch (DiskException error)
        {
            _settings.Logger.LogWarning(error, "Files of older checkpoints could not be deleted; the next checkpoint tries again");
        }
    }

    /// <summary>Something happened that may make a checkpoint worthwhile. Never waits; requests during a checkpoint make one more look behind it.</summary>
    public void Request()
    {
        lock (_gate)
        {
            _wanted = true;
            if (_working is null && !_stopped && _settings.Background)
                _working = Task.Run(WorkAsync);
        }
    }

    /// <summary>
    /// Makes a checkpoint now, worthwhile or not, unless nothing was written since the last one. Throws <see cref="CheckpointStageException"/>.
    /// </summary>
    /// <param name="even">Even if nothing was written: something else than the WAL has changed the streams.</param>
    public async Task CheckpointAsync(bool even = false)
    {
        await _one.WaitAsync();
        try
        {
            if (even || _run is not null || _source.Wal.End > _upToDateAt)
                await MakeAsync();
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Takes no more requests, and ends when the checkpoint under way has.</summary>
    public async Task StopAsync()
    {
        Task? working;
        lock (_gate)
        {
            _stopped = true;
            working = _working;
        }

        if (working is not null)
            await working;
    }

    /// <summary>Only after <see cref="StopAsync"/>.</summary>
    public void Dispose()
    {
        _retry.Dispose();
        _one.Dispose();
    }

    private async Task WorkAsync()
    {
        while (TakeRequest())
        {
            await _one.WaitAsync();
            try
            {
                if (_run is not null || IsWorthwhile())
                    await MakeAsync();
            }
            catch (CheckpointStageException)
            {
                _retry.Change(_settings.RetryAfter, Timeout.InfiniteTimeSpan);
            }
            finally
            {
                _one.Release();
            }
        }
    }

    private bool TakeRequest()
    {
        lock (_gate)
        {
            if (_wanted && !_stopped)
            {
                _wanted = false;
                return true;
            }

            _working = null;
            return false;
        }
    }

    /// <summary>Would a whole file go, or has enough been written to make doubt expensive?</summary>
    private bool IsWorthwhile()
    {
        if (_overdue)
            return true;

        var end = _source.Wal.End;
        var files = end.File - _inForce.Position.File;
        if (files >= FilesBetween && files * _settings.WalFileBytes >= SizesBetween * _bytes)
            return true;

        if (_source.Catalog.Damage is not null || end.File == _source.Wal.Head.File)
            return false;

        // One stream that needs the first file answers it, and the one that did the last time probably still does: asking all of many takes longer than writing a file.
        var first = _source.Wal.Head.File;
        if (_holder is { Pipeline.IsDeleted: false } last && Needs(last, first))
            return false;

        _holder = _source.Catalog.Streams.FirstOrDefault(stream => Needs(stream, first));
        return _holder is null;

        static bool Needs(LogNodeStream stream, long file) => stream.Pipeline.OldestLive is { } live && live.File <= file;
    }

    private async Task MakeAsync()
    {
        var begun = _source.Time.GetTimestamp();
        var head = _source.Wal.Head.File;
        _run ??= new CheckpointRun(_source, _nextSequence);
        try
        {
            _inForce = await _run.RunAsync();
        }
        catch (CheckpointStageException error)
        {
            Failure = error.Message;
            _settings.Instruments.OnCheckpointFailed(_source.Time.GetElapsedTime(begun), error.Stage.ToString());
            _settings.Logger.LogWarning(error, "Checkpoint {Sequence} failed at {Stage}; the log keeps its files until one succeeds", _run.Sequence, error.Stage);
            throw;
        }

        var took = _source.Time.GetElapsedTime(begun);
        (_bytes, _nextSequence, _upToDateAt, _overdue, Failure) = (_run.Bytes, _run.Sequence, _inForce.Position, false, null);
        _settings.Instruments.OnCheckpoint(took, _bytes);
        _settings.Instruments.OnReclaimed((_source.Wal.Head.File - head) * _settings.WalFileBytes);
        _settings.Logger.LogInformation(
            "Checkpoint {Sequence} as of {Position}: {Bytes} bytes in {Milliseconds} ms; the log begins at {Head}",
            _inForce.Sequence,
            _inForce.Position,
            _bytes,
            took.TotalMilliseconds,
            _source.Wal.Head);
        if (_run.SweepFailure is { } failure)
            _settings.Logger.LogWarning(failure, "Files of older checkpoints could not be deleted; the next checkpoint tries again");

        _run = null;
    }
}

/// <summary>What a checkpointer is told.</summary>
/// <param name="Logger">For a line per checkpoint.</param>
/// <param name="Instruments">For the measurements.</param>
/// <param name="RetryAfter">After a failure, how long it waits for another reason before it tries again.</param>
/// <param name="WalFileBytes">Size of a WAL file.</param>
/// <param name="Background">Work when requested; otherwise only <see cref="Checkpointer.CheckpointAsync"/> does any.</param>
internal sealed record CheckpointerSettings(ILogger Logger, LogNodeInstruments Instruments, TimeSpan RetryAfter, long WalFileBytes, bool Background = true);
