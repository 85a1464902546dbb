using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Pipeline;

namespace Orleans.Log.Engine.Offload;

/// <summary>
/// Moves streams to the store: workers that take their turn from the schedule and make rounds, as many at once as allowed, none while there is nothing to do, the store is
/// not attached or it is left alone after a failure. A failure costs no data: nothing is given up, and the same streams come again. Safe for use by any number of threads.
/// </summary>
internal sealed class Offloader : IDisposable
{
    private readonly Lock _gate = new();
    private readonly OffloadSchedule _schedule;
    private readonly OffloadSettings _settings;
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _retry;
    private readonly RetryDelay _delay;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _workers;
    private OffloadRounds? _rounds;
    private RootRemovals? _removals;
    private bool _removing;
    private bool _resting;
    private bool _stopped;

    public Offloader(OffloadSchedule schedule, OffloadSettings settings)
    {
        (_schedule, _settings) = (schedule, settings);
        _delay = new RetryDelay(settings.Options.RetryFrom, settings.Options.RetryTo, settings.Node);
        _retry = settings.Time.CreateTimer(static state => ((Offloader)state!).OnRested(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        schedule.OnWork(Wake);
    }

    /// <summary>Why the last round failed, or null.</summary>
    public string? Failure { get; private set; }

    /// <summary>Can it be asked to publish?</summary>
    public bool HasBegun => Volatile.Read(ref _rounds) is not null;

    /// <summary>The store is attached: work begins.</summary>
    public void Begin(OffloadRounds rounds, RootRemovals removals)
    {
        lock (_gate)
            (_rounds, _removals) = (rounds, removals);

        Wake();
    }

    /// <summary>
    /// Publishes everything that the stream had ordered before the call. Throws <see cref="LogException"/> (StoreUnavailable) if the store is not attached or the round fails;
    /// then it is published later, like everything else.
    /// </summary>
    public async Task PublishAsync(StreamPipeline stream, CancellationToken cancellationToken)
    {
        if (_rounds is null)
            throw new LogException(LogErrorCode.StoreUnavailable, "The blob store is not attached yet.");

        try
        {
            await _schedule.WhenPublishedAsync(stream).WaitAsync(cancellationToken);
        }
        catch (BlobStoreException error)
        {
            throw new LogException(LogErrorCode.StoreUnavailable, $"The blob store did not take it: {error.Message}", default, error);
        }
        catch (ObjectDisposedException error)
        {
            throw new LogException(LogErrorCode.Draining, "The node is shutting down.", default, error);
        }
    }

    /// <summary>A stream was deleted, durably: its root goes. Before the store is attached that is found out by the attachment.</summary>
    public void Remove(StreamId stream)
    {
        lock (_gate)
            _removals?.Add(stream);

        Wake();
    }

    /// <summary>Makes rounds on the caller's thread until nobody is ready, for a node that has no workers. Throws what the first round that failed met.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var rounds = _rounds ?? throw new InvalidOperationException("The store is not attached.");
        while (_schedule.Take() is { Count: > 0 } tickets)
        {
            if (await rounds.RunAsync(tickets, cancellationToken) is { } failure)
                throw failure;
        }

        // Last, as the workers do it.
        await _removals!.RunAsync(cancellationToken);
    }

    /// <summary>Offloads everything that there is, as far as the time given allows, and stops. Never throws.</summary>
    public async Task StopAsync(TimeSpan within)
    {
        if (_rounds is not null && within > TimeSpan.Zero && !_resting)
            await DrainAsync(within);

        lock (_gate)
        {
            _stopped = true;
            if (_workers == 0)
                _ended.TrySetResult();
        }

        await _stop.CancelAsync();
        await _ended.Task;
        _schedule.Stop(new LogException(LogErrorCode.Draining, "The node is shutting down."));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _retry.Dispose();
        _schedule.Dispose();
        _stop.Dispose();
    }

    private async Task DrainAsync(TimeSpan within)
    {
        _schedule.Drain();
        try
        {
            await (_settings.Background ? _schedule.WhenIdleAsync() : RunAsync(_stop.Token)).WaitAsync(within, _settings.Time);
        }
        catch (Exception error) when (error is TimeoutException or BlobStoreException or LogException)
        {
            _settings.Logger.LogWarning("Stopped with {Streams} streams not wholly offloaded; what is missing is in the log", _schedule.Pending);
        }
    }

    private void Wake()
    {
        lock (_gate)
        {
            if (_stopped || _resting || !_settings.Background || _rounds is not { } rounds)
                return;

            for (var ready = _schedule.Ready + (_removals!.Any ? 1 : 0); ready > 0 && _workers < _settings.Options.Parallel; ready--)
            {
                _workers++;
                _ = Task.Run(() => WorkAsync(rounds));
            }
        }
    }

    private async Task WorkAsync(OffloadRounds rounds)
    {
        while (true)
        {
            List<OffloadTicket> tickets;
            lock (_gate)
            {
                tickets = _stopped || _resting ? [] : _schedule.Take();
                if (tickets.Count == 0 && (_stopped || _resting || _removing || !_removals!.Any))
                {
                    if (--_workers == 0 && _stopped)
                        _ended.TrySetResult();

                    return;
                }
            }

            var failure = tickets.Count == 0 ? await RemoveAsync() : await rounds.RunAsync(tickets, _stop.Token);
            if (failure is null)
                Succeeded();
            else
                Rest(failure);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever failed, they come again.")]
    private async Task<Exception?> RemoveAsync()
    {
        lock (_gate)
        {
            if (_removing)
                return null;

            _removing = true;
        }

        try
        {
            await _removals!.RunAsync(_stop.Token);
            return null;
        }
        catch (Exception error)
        {
            return error;
        }
        finally
        {
            lock (_gate)
                _removing = false;
        }
    }

    private void Succeeded()
    {
        lock (_gate)
        {
            _delay.Reset();
            Failure = null;
        }
    }

    private void Rest(Exception failure)
    {
        if (_stop.IsCancellationRequested)
            return;

        if (failure is StoreRefusedException refusal)
        {
            lock (_gate)
                (Failure, _stopped) = (failure.Message, true);

            _settings.OnRefused(refusal);
            return;
        }

        TimeSpan wait;
        lock (_gate)
        {
            (Failure, _resting) = (failure.Message, true);
            wait = _delay.Next(failure);
            _retry.Change(wait, Timeout.InfiniteTimeSpan);
        }

        _settings.Logger.LogWarning(failure, "Offloading failed; the store is left alone for {Milliseconds} ms, and the log keeps what it has", wait.TotalMilliseconds);
    }

    private void OnRested()
    {
        lock (_gate)
            _resting = false;

        Wake();
    }
}

/// <summary>What an offloader is told.</summary>
/// <param name="Options">The settings.</param>
/// <param name="Node">The node, which spreads its tries.</param>
/// <param name="Time">Clock.</param>
/// <param name="Logger">For a line per failure.</param>
/// <param name="Background">Work when there is something to do; otherwise only when asked.</param>
/// <param name="OnRefused">Called when the store turns out to be no longer this node's.</param>
internal sealed record OffloadSettings(OffloadOptions Options, Guid Node, TimeProvider Time, ILogger Logger, bool Background, Action<StoreRefusedException> OnRefused);
