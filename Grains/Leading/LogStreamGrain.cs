using System.Runtime.CompilerServices;
using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Runtime;
using Orleans.GrainDirectory;
using Orleans.Log.Engine;
using Orleans.Log.Grains.Homes;
using Orleans.Log.Grains.Nodes;
using Orleans.Log.Grains.Placement;
using Orleans.Log.Grains.Wire;

namespace Orleans.Log.Grains.Leading;

/// <summary>
/// The grain of one stream: a thin shell around the stream's leader on the silo's node. It takes the lead with the first call that needs it; every call interleaves with every other, and an append has its place in the stream
/// before it waits for anything. One that was shut out by a newer leader ends itself and does not try again.
/// </summary>
[Reentrant]
[Immovable]
[ReplicaPlacement]
[GrainDirectory(StreamGrainDirectory.Name)]
internal sealed class LogStreamGrain : Grain, ILogStreamGrain
{
    private readonly StreamTenure _tenure;
    private readonly LogNodeService _nodes;
    private readonly NodePresence _presence;
    private readonly ArrivalOrder _order;
    private readonly SequenceWindow _window;
    private StreamName _name;
    private Task<LedStream?>? _taking;
    private LedStream? _led;
    private Task _lastChange = Task.CompletedTask;
    private IGrainTimer? _sweep;

    /// <summary>Made by the silo.</summary>
    public LogStreamGrain(StreamTenure tenure, LogNodeService nodes, NodePresence presence, TimeProvider time)
    {
        (_tenure, _nodes, _presence) = (tenure, nodes, presence);
        (_order, _window) = (new ArrivalOrder(time, Place), new SequenceWindow(time));
    }

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // A key that is no name is refused with the first call, which can be told so.
        _name = StreamName.TryParse(this.GetPrimaryKeyString(), out var name) ? name : default;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<EnsureResult> EnsureAsync(StreamConfigPatch patch, EnsureCondition condition, CancellationToken cancellationToken = default) =>
        InTurn(() => EnsureNowAsync(patch, condition, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(CancellationToken cancellationToken = default) =>
        InTurn(async () =>
        {
            if (await LeadAsync() is not { } led)
                return false;

            cancellationToken.ThrowIfCancellationRequested();
            (_led, _taking) = (null, null);
            DeactivateOnIdle();
            await _tenure.DeleteAsync(led);
            return true;
        });

    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(AppendCall call, CancellationToken cancellationToken = default)
    {
        return _led is null ? FirstAsync() : Acknowledged(Arrive(call));

        async ValueTask<AppendResult> FirstAsync()
        {
            await RequireAsync(call.Stream);
            return await Acknowledged(Arrive(call));
        }
    }

    /// <inheritdoc/>
    public async ValueTask<PageOfRecords> ReadAsync(StreamId? stream, ReadRequest request, CancellationToken cancellationToken = default)
    {
        var leader = await RequireAsync(stream);
        using var page = await leader.ReadAsync(request, cancellationToken);
        return PageOfRecords.Of(page);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<PageOfRecords> FollowAsync(StreamId? stream, ReadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var leader = await RequireAsync(stream);
        await foreach (var page in leader.FollowAsync(request, cancellationToken))
            yield return PageOfRecords.Of(page);
    }

    /// <inheritdoc/>
    public async ValueTask<StreamPosition> CheckTailAsync(StreamId? stream, CancellationToken cancellationToken = default)
    {
        var position = await (await RequireAsync(stream)).CheckTailAsync(cancellationToken);
        await _presence.WhenConfirmedAsync();
        return position;
    }

    /// <inheritdoc/>
    public async ValueTask<StreamDescription> DescribeAsync(StreamId? stream, CancellationToken cancellationToken = default) =>
        await (await RequireAsync(stream)).DescribeAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<StreamPosition> TrimAsync(StreamId? stream, long before, CancellationToken cancellationToken = default) =>
        await Acknowledged((await RequireAsync(stream)).TrimAsync(before, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<StreamPosition> FenceAsync(StreamId? stream, string token, string? expected, CancellationToken cancellationToken = default) =>
        await Acknowledged((await RequireAsync(stream)).FenceAsync(token, expected, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<StreamPosition> SealAsync(StreamId? stream, CancellationToken cancellationToken = default) =>
        await Acknowledged((await RequireAsync(stream)).SealAsync(cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<SnapshotInfo> SnapshotAsync(StreamId? stream, CancellationToken cancellationToken = default) =>
        await (await RequireAsync(stream)).SnapshotAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SnapshotInfo>> ListSnapshotsAsync(StreamId? stream, CancellationToken cancellationToken = default) =>
        await (await RequireAsync(stream)).ListSnapshotsAsync(cancellationToken);

    private async Task<EnsureResult> EnsureNowAsync(StreamConfigPatch patch, EnsureCondition condition, CancellationToken cancellationToken)
    {
        if (await LeadAsync() is not null)
        {
            // The node must never make a stream by itself: one that was deleted meanwhile would come back without a home.
            return condition.MustBeNew
                ? throw new LogException(LogErrorCode.StreamExists, $"Stream {_name} exists.")
                : await _nodes.Node.EnsureAsync(_name, patch, condition with { MustExist = true }, cancellationToken);
        }

        if (condition is { MustExist: true } or { ConfigVersion: not null })
            throw NotFound();

        // The next call takes the lead of what is made now.
        _taking = null;
        return await _tenure.CreateAsync(_name, patch, cancellationToken);
    }

    private ValueTask<AppendResult> Arrive(AppendCall call)
    {
        var placed = _order.Arrive(call);
        if (_order.IsBusy)
            _sweep ??= this.RegisterGrainTimer(Sweep, ArrivalOrder.Patience / 4, ArrivalOrder.Patience / 4);

        return placed;
    }

    private Task Sweep(CancellationToken cancellationToken)
    {
        _order.Sweep();
        if (!_order.IsBusy)
        {
            _sweep?.Dispose();
            _sweep = null;
        }

        return Task.CompletedTask;
    }

    /// <summary>Gives a batch its place, and those that were waiting for it. Synchronous: what comes first stands first.</summary>
    private ValueTask<AppendResult> Place(AppendCall call)
    {
        if (_led?.Leader is not { } leader || (call.Stream is { } stream && stream != leader.Id))
            return ValueTask.FromException<AppendResult>(NotFound());

        var placed = Append(leader, call, out var refusal);
        if (call.Conditions.Producer is not { } stamp)
            return placed;

        if (refusal is not null)
        {
            _window.Sweep();
            return _window.TryHold(call, refusal, out var held) ? new(held) : placed;
        }

        while (_window.TakeNext(stamp) is { } next)
        {
            stamp = next.Call.Conditions.Producer!.Value;
            Append(leader, next.Call, out _).PassTo(next.Outcome);
        }

        return placed;
    }

    private static ValueTask<AppendResult> Append(ILogStreamLeader leader, AppendCall call, out LogException? refusal)
    {
        refusal = null;
        try
        {
            var placed = leader.AppendAsync(call.Records.ToBatch(), call.Conditions, CancellationToken.None);
            if (!placed.IsCompleted || placed.IsCompletedSuccessfully)
                return placed;

            var refused = placed.AsTask();
            refusal = refused.Exception?.InnerException as LogException;
            return new(refused);
        }
        catch (LogException malformed)
        {
            refusal = malformed;
            return ValueTask.FromException<AppendResult>(malformed);
        }
    }

    /// <summary>What a change is answered with. A leader that was shut out ends itself.</summary>
    private async ValueTask<TResult> Acknowledged<TResult>(ValueTask<TResult> change)
    {
        try
        {
            var result = await change;
            await _presence.WhenConfirmedAsync();
            return result;
        }
        catch (LogException error) when (error is { Code: LogErrorCode.Fenced, Facts.Reason: "term" })
        {
            // It had no effect, and the caller finds the new leader under the same name.
            DeactivateOnIdle();
            throw new LogException(LogErrorCode.Moving, error.Message, error.Facts, error);
        }
    }

    private async ValueTask<ILogStreamLeader> RequireAsync(StreamId? stream)
    {
        var led = _led ?? await LeadAsync();
        return led is not null && (stream is null || stream == led.Leader.Id) ? led.Leader : throw NotFound();
    }

    /// <summary>The lead, taken by the first who needs it; all who come meanwhile wait for the same attempt. Null if no stream has the name.</summary>
    private async Task<LedStream?> LeadAsync()
    {
        if (_led is { } led)
            return led;

        if (_name == default)
            throw new LogException(LogErrorCode.BadRequest, "The key of the grain is not the name of a stream.");

        var taking = _taking ??= _tenure.LeadAsync(_name);
        try
        {
            return _led = await taking;
        }
        catch
        {
            // The next activation looks again; on this silo or where the stream lives.
            _taking = null;
            DeactivateOnIdle();
            throw;
        }
        finally
        {
            if (_led is null)
            {
                _taking = null;
                DeactivateOnIdle();
            }
        }
    }

    /// <summary>Creating, configuring and deleting go one after the other.</summary>
    private ValueTask<TResult> InTurn<TResult>(Func<Task<TResult>> change)
    {
        var turn = RunAsync(_lastChange);
        _lastChange = turn;
        return new(turn);

        async Task<TResult> RunAsync(Task before)
        {
            await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            return await change();
        }
    }

    private LogException NotFound() => new(LogErrorCode.StreamNotFound, $"There is no stream {_name}.");
}
