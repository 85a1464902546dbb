using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine;

/// <content>How a node ends, in order or not, and how it is doing before that.</content>
public sealed partial class LogNode
{
    private readonly LogNodeStream[] _damaged;
    private readonly Lock _stopGate = new();
    private volatile Exception? _failure;
    private volatile LogNodeStage _stage;
    private Task? _stop;

    /// <summary>How the node is doing at this moment.</summary>
    public LogNodeHealth Health => new(
        _stage,
        _failure?.Message,
        _stage == LogNodeStage.Stopped ? WalAdmission.Stopped : _wal.State,
        _wal.WritesAreDurable,
        _wal.WritesAreDurable,
        _wal.SizeBytes,
        _catalog.Count,
        _damaged.Count(static stream => stream.IsDamaged),
        _catalog.Damage,
        _checkpointer.Failure,
        _store?.Health);

    /// <summary>
    /// Stops the node: new work is refused as draining, reads that wait return, what is in flight gets its outcome, a checkpoint is made, and the directory is
    /// left so that the next start has nothing to repair. Never throws; what went wrong is in the log, and the next start deals with it. Idempotent.
    /// </summary>
    public ValueTask DisposeAsync()
    {
        lock (_stopGate)
            return new ValueTask(_stop ??= Task.Run(StopAsync));
    }

    /// <summary>
    /// Ends the waits of readers, with empty pages, and refuses new ones with <see cref="LogErrorCode.Draining"/>; everything else goes on. For a host that is about to stop, and before it stops the node waits for those who call it.
    /// </summary>
    public void InterruptReaders()
    {
        foreach (var stream in _catalog.Streams)
            stream.Pipeline.InterruptReaders();
    }

    private async Task StopAsync()
    {
        _stage = LogNodeStage.Draining;
        var drained = _streams.DrainAsync();
        InterruptReaders();
        await Attempt("Appends in flight did not end in time", () => drained.WaitAsync(_options.DrainTimeout, _host.Time));
        await Attempt("Housekeeping did not end in order", () => _housekeeping.DisposeAsync().AsTask());
        if (_store is not null)
            await Attempt("Offloading did not end in order", () => _store.StopAsync(drain: _failure is null));

        await Attempt("The checkpoint under way failed", _checkpointer.StopAsync);
        if (_failure is null)
            await Attempt("The last checkpoint failed; the next start replays the log instead", () => _checkpointer.CheckpointAsync());

        await Attempt("The log was not closed cleanly", () => Task.Run(_wal.Dispose));
        _stage = LogNodeStage.Stopped;
        _checkpointer.Dispose();
        _store?.Dispose();
        _shared.Instruments.Dispose();
        _logger.LogInformation("Stopped");
    }

    [SuppressMessage("Design", "CA1031", Justification = "Each step of a stop is worth doing when the one before it failed.")]
    private async Task Attempt(string failure, Func<Task> step)
    {
        try
        {
            await step();
        }
        catch (Exception error)
        {
            _logger.LogError(error, "While stopping: {Failure}", failure);
        }
    }

    private void OnStoreRefused(StoreRefusedException refusal)
    {
        _logger.LogCritical(refusal, "The node must not go on with this blob store");
        if (refusal.Problem is not (StoreProblem.Retired or StoreProblem.DirectoryIsOld))
            return;

        // Somebody else goes on with the streams, or they have gone on already: what is appended here would be a second history.
        _streams.Fence();
        _failure = refusal;
        _host.OnFailure(refusal);
    }

    private void OnWalFailed(Exception error)
    {
        _failure = error;
        _logger.LogCritical(error, "The write-ahead log failed: nothing is acknowledged any more");
        _host.OnFailure(error);
    }
}
