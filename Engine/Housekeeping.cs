using Microsoft.Extensions.Logging;
using Orleans.Log.Engine.Catalog;

namespace Orleans.Log.Engine;

/// <summary>
/// What a node does by its own clock for streams that nobody uses, which have no timers: it compares the clocks every minute, and every hour it forgets the
/// producers that have been silent for their expiry. Idle streams would hold them in memory, and against the bound of the node, for ever.
/// </summary>
internal sealed class Housekeeping : IAsyncDisposable
{
    private const int TurnsPerWalk = 60;

    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private readonly LogClock _clock;
    private readonly StreamCatalog _catalog;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _timer;
    private Task _walk = Task.CompletedTask;
    private int _turn;

    public Housekeeping(LogClock clock, StreamCatalog catalog, TimeProvider time, ILogger logger)
    {
        (_clock, _catalog, _logger) = (clock, catalog, logger);
        _timer = time.CreateTimer(static self => ((Housekeeping)self!).OnTurn(), this, Every, Every);
    }

    /// <summary>The last walk; complete when it is over.</summary>
    public Task Walk => _walk;

    /// <summary>Ends it; never throws.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        await _stop.CancelAsync();
        await _walk;
        _stop.Dispose();
    }

    private void OnTurn()
    {
        _clock.Observe();
        if (++_turn % TurnsPerWalk == 0 && _walk.IsCompleted && !_stop.IsCancellationRequested)
            _walk = Task.Run(WalkAsync);
    }

    private async Task WalkAsync()
    {
        try
        {
            await ForgetSilentProducersAsync(_stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The node stops.
        }
    }

    /// <summary>Forgets silent producers of all streams. Ends when it has ordered the entries; they become durable like all others.</summary>
    private async Task ForgetSilentProducersAsync(CancellationToken cancellationToken)
    {
        foreach (var stream in _catalog.Streams.Where(static stream => stream.Pipeline.HasSilentProducers))
        {
            try
            {
                await stream.Pipeline.OpenAsync(cancellationToken);
                stream.Pipeline.ForgetSilent();
            }
            catch (LogException error)
            {
                // Deleted, or no room for the entry: the next turn tries again if there is anything left to do.
                _logger.LogWarning(error, "Stream {Stream} could not forget its silent producers", stream.Id);
            }
        }
    }
}
