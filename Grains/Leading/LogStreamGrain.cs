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
    private readonly StreamLead _lead;
    private readonly NodePresence _presence;
    private readonly ArrivalOrder _order;
    private readonly SequenceWindow _window;
    private readonly TimeProvider _time;
    private IGrainTimer? _sweep;

    /// <summary>Made by the silo.</summary>
    public LogStreamGrain(StreamTenure tenure, LogNodeService nodes, NodePresence presence, TimeProvider time)
    {
        (_lead, _presence, _time) = (new StreamLead(tenure, nodes, DeactivateOnIdle), presence, time);
        (_order, _window) = (new ArrivalOrder(time, Place), new SequenceWindow(time));
    }

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // A key that is no name is refused with the first call, which can be told so.
        _lead.Name = StreamName.TryParse(this.GetPrimaryKeyString(), out var name) ? name : default;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<EnsureResult> EnsureAsync(Guid request, StreamConfigPatch patch, EnsureCondition condition, CancellationToken cancellationToken = default) =>
        new(_lead.EnsureAsync(request, patch, condition, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(CancellationToken cancellationToken = default) => new(_lead.DeleteAsync(cancellationToken));

    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(AppendCall call, CancellationToken cancellationToken = default)
    {
        return _lead.Held is null ? FirstAsync() : Acknowledged(Arrive(call));

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
        await foreach (var page in leader.FollowAsync(request, _time, cancellationToken))
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
        if (_lead.Held?.Leader is not { } leader || (call.Stream is { } stream && stream != leader.Id))
            return ValueTask.FromException<AppendResult>(_lead.NotFound());

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
        var led = _lead.Held ?? await _lead.TakeAsync();
        return led is not null && (stream is null || stream == led.Leader.Id) ? led.Leader : throw _lead.NotFound();
    }
}
