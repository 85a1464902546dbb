using Orleans.Log.Engine;
using Orleans.Log.Grains.Homes;
using Orleans.Log.Grains.Nodes;

namespace Orleans.Log.Grains.Leading;

/// <summary>
/// The lead of one stream as an activation holds it. Taking it, making the stream, configuring and deleting it go one after the other, whoever asks: a lead that is taken while the stream is being made or deleted would take the
/// unfinished creation or deletion for one that was interrupted, and clear it up under the hands of whoever is at it. For the grain's own thread.
/// </summary>
/// <param name="tenure">How leads come about.</param>
/// <param name="nodes">The silo's node.</param>
/// <param name="end">Told that this activation has nothing to hold, so that the next one looks again; on this silo or where the stream lives.</param>
internal sealed class StreamLead(StreamTenure tenure, LogNodeService nodes, Action end)
{
    private Task<LedStream?>? _taking;
    private Task _lastTurn = Task.CompletedTask;

    /// <summary>The stream whose lead this is; the default is the name of none.</summary>
    public StreamName Name { get; set; }

    /// <summary>The lead, if it is held.</summary>
    public LedStream? Held { get; private set; }

    /// <summary>The lead, taken by the first who needs it; all who come meanwhile wait for the same attempt. Null if no stream has the name.</summary>
    public Task<LedStream?> TakeAsync()
    {
        if (Held is { } held)
            return Task.FromResult<LedStream?>(held);

        // One that has ended without a lead, perhaps before it came back from here, says nothing of what is there now.
        return _taking is { IsCompleted: false } taking ? taking : _taking = InTurn(TakeNowAsync);
    }

    /// <summary>Makes the stream on this node, or gives the one that is there the configuration.</summary>
    /// <param name="request">Identity of the caller's wish: the stream that its first attempt has made is new to its second. Empty for none.</param>
    /// <param name="patch">The configuration.</param>
    /// <param name="condition">See <see cref="EnsureCondition"/>.</param>
    /// <param name="cancellationToken">Honoured until the change is ordered.</param>
    public Task<EnsureResult> EnsureAsync(Guid request, StreamConfigPatch patch, EnsureCondition condition, CancellationToken cancellationToken) =>
        InTurn(async () =>
        {
            if (await TakeNowAsync() is { } led)
            {
                if (request != Guid.Empty && led.Home.Home.CreatedBy == request)
                    return new EnsureResult(await led.Leader.DescribeAsync(cancellationToken), Created: true);

                // The node must never make a stream by itself: one that was deleted meanwhile would come back without a home.
                return condition.MustBeNew
                    ? throw new LogException(LogErrorCode.StreamExists, $"Stream {Name} exists.")
                    : await nodes.Node.EnsureAsync(Name, patch, condition with { MustExist = true }, cancellationToken);
            }

            if (condition is { MustExist: true } or { ConfigVersion: not null })
                throw NotFound();

            return await tenure.CreateAsync(Name, request, patch, cancellationToken);
        });

    /// <summary>Deletes the stream, if there is one.</summary>
    public Task<bool> DeleteAsync(CancellationToken cancellationToken) =>
        InTurn(async () =>
        {
            if (await TakeNowAsync() is not { } led)
                return false;

            cancellationToken.ThrowIfCancellationRequested();
            Held = null;
            end();
            await tenure.DeleteAsync(led);
            return true;
        });

    /// <summary>What is said where there is no stream.</summary>
    public LogException NotFound() => new(LogErrorCode.StreamNotFound, $"There is no stream {Name}.");

    private async Task<LedStream?> TakeNowAsync()
    {
        if (Held is { } held)
            return held;

        if (Name == default)
            throw new LogException(LogErrorCode.BadRequest, "The key of the grain is not the name of a stream.");

        try
        {
            return Held = await tenure.LeadAsync(Name);
        }
        finally
        {
            if (Held is null)
                end();
        }
    }

    private Task<TResult> InTurn<TResult>(Func<Task<TResult>> change)
    {
        var turn = RunAsync(_lastTurn);
        _lastTurn = turn;
        return turn;

        async Task<TResult> RunAsync(Task before)
        {
            await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            return await change();
        }
    }
}
