using Orleans.Log.Grains.Calling;
using Orleans.Log.Grains.Wire;

namespace Orleans.Log.Grains;

/// <summary>One stream of the cluster, wherever it is led. Stays bound to its identity when another stream is created under the name.</summary>
internal sealed class ClusterLogStream(ILogStreamGrain grain, StreamName name, StreamId id, GrainCaller caller, LeaderWatch watch) : ILogStream
{
    /// <summary>How long a snapshot may take before it is asked for again, which waits for the rest.</summary>
    private static readonly TimeSpan SnapshotWait = TimeSpan.FromMinutes(5);

    private readonly CallOrder _order = new();

    /// <inheritdoc/>
    public StreamName Name { get; } = name;

    /// <inheritdoc/>
    public StreamId Id { get; } = id;

    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(in RecordBatch batch, in AppendConditions conditions, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<AppendResult>(cancellationToken);

        RecordBlock records;
        try
        {
            records = RecordBlock.Of(batch);
        }
        catch (LogException refusal)
        {
            return ValueTask.FromException<AppendResult>(refusal);
        }

        var order = _order.Enter(out var handle);
        return SendAsync(new AppendCall(Id, records, conditions, order), handle, cancellationToken);
    }

    private async ValueTask<AppendResult> SendAsync(AppendCall call, LinkedListNode<long> handle, CancellationToken cancellationToken)
    {
        try
        {
            return await caller.ChangeAsync(
                (grain, watch, call), static (state, _) => AppendOnceAsync(state.grain, state.watch, state.call), harmless: call.Conditions.Producer is not null, cancellationToken);
        }
        finally
        {
            _order.Leave(handle);
        }
    }

    // Where it cannot be made again, or not in time, whether it still can be answered is all that there is to ask.
    private static ValueTask<AppendResult> AppendOnceAsync(ILogStreamGrain grain, LeaderWatch watch, AppendCall call) =>
        watch.AnswerAsync((grain, call), static state => state.grain.AppendAsync(state.call), LeaderWatch.Often, CancellationToken.None);

    /// <inheritdoc/>
    public async ValueTask<ReadPage> ReadAsync(ReadRequest request, CancellationToken cancellationToken)
    {
        var page = await caller.ReadAsync((Stream: this, request), static (call, cancellationToken) => call.Stream.AskAsync(call.request, cancellationToken), cancellationToken, request.Wait);
        return page.ToReadPage();
    }

    private ValueTask<PageOfRecords> AskAsync(ReadRequest request, CancellationToken cancellationToken) =>
        request.Wait <= LeaderWatch.Seldom
            ? grain.ReadAsync(Id, request, cancellationToken)
            : watch.AnswerAsync(
                (grain, Id, request, cancellationToken),
                static call => call.grain.ReadAsync(call.Id, call.request, call.cancellationToken),
                LeaderWatch.Seldom,
                cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamPosition> CheckTailAsync(CancellationToken cancellationToken) =>
        caller.ReadAsync((grain, Id), static (call, cancellationToken) => call.grain.CheckTailAsync(call.Id, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamDescription> DescribeAsync(CancellationToken cancellationToken) =>
        caller.ReadAsync((grain, Id), static (call, cancellationToken) => call.grain.DescribeAsync(call.Id, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamPosition> TrimAsync(long before, CancellationToken cancellationToken) =>
        caller.ChangeAsync(
            (grain, Id, before), static (call, cancellationToken) => call.grain.TrimAsync(call.Id, call.before, cancellationToken), harmless: true, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamPosition> FenceAsync(string token, string? expected, CancellationToken cancellationToken) =>
        caller.ChangeAsync(
            (grain, Id, token, expected),
            static (call, cancellationToken) => call.grain.FenceAsync(call.Id, call.token, call.expected, cancellationToken),
            harmless: true,
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamPosition> SealAsync(CancellationToken cancellationToken) =>
        caller.ChangeAsync((grain, Id), static (call, cancellationToken) => call.grain.SealAsync(call.Id, cancellationToken), harmless: true, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<SnapshotInfo> SnapshotAsync(CancellationToken cancellationToken) =>
        caller.ReadAsync((grain, Id), static (call, cancellationToken) => call.grain.SnapshotAsync(call.Id, cancellationToken), cancellationToken, SnapshotWait);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SnapshotInfo>> ListSnapshotsAsync(CancellationToken cancellationToken) =>
        caller.ReadAsync((grain, Id), static (call, cancellationToken) => call.grain.ListSnapshotsAsync(call.Id, cancellationToken), cancellationToken);
}
