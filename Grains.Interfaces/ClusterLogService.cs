using Orleans.Log.Client.Appending;
using Orleans.Log.Grains.Calling;

namespace Orleans.Log.Grains;

/// <summary>
/// The log of a whole cluster, behind the port that every front knows. What Orleans reports is mapped: a silo that is lost in the middle of an append is
/// <see cref="LogErrorCode.OutcomeUnknown"/>, never a failure that would promise that nothing happened. What is harmless to repeat is repeated by itself while the cluster is changing, appends with a
/// producer stamp included. Safe for use by any number of threads; in a client as well as in a silo.
/// </summary>
public sealed partial class ClusterLogService(IGrainFactory grains, ClusterLogOptions options, TimeProvider time) : ILogService
{
    private readonly GrainCaller _caller = new(time, options);
    private readonly Backoff _backoff = new(options.RetryDelay, options.RetryDelay * Retries.LargestFactor, time, Random.Shared.NextDouble);

    /// <inheritdoc/>
    public ValueTask<EnsureResult> EnsureAsync(StreamName name, StreamConfigPatch patch, EnsureCondition condition, CancellationToken cancellationToken) =>
        _caller.ChangeAsync(
            (Grain: GrainOf(name), Request: Guid.NewGuid(), patch, condition),
            static (call, cancellationToken) => call.Grain.EnsureAsync(call.Request, call.patch, call.condition, cancellationToken),

            // Another attempt at a version would be refused because of the first one.
            harmless: condition is { ConfigVersion: null },
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(StreamName name, CancellationToken cancellationToken) =>
        _caller.ChangeAsync(GrainOf(name), static (grain, cancellationToken) => grain.DeleteAsync(cancellationToken), harmless: false, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamPage> ListAsync(string prefix, string after, int limit, CancellationToken cancellationToken) =>
        _caller.ReadAsync(
            (Catalog: grains.GetGrain<ILogCatalogGrain>(0), prefix, after, limit),
            static (call, cancellationToken) => call.Catalog.ListAsync(call.prefix, call.after, call.limit, cancellationToken),
            cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<ILogStream> OpenAsync(StreamName name, CancellationToken cancellationToken)
    {
        var grain = GrainOf(name);
        var stream = await DescribeAsync(grain, cancellationToken);
        return new ClusterLogStream(grain, name, stream.Id, _caller, Watch(grain, stream));
    }

    private ValueTask<StreamDescription> DescribeAsync(ILogStreamGrain grain, CancellationToken cancellationToken) =>
        _caller.ReadAsync(grain, static (grain, cancellationToken) => grain.DescribeAsync(stream: null, cancellationToken), cancellationToken);

    private LeaderWatch Watch(ILogStreamGrain grain, StreamDescription stream) => new(grain, stream.Id, stream.Term, time, options);

    private ILogStreamGrain GrainOf(StreamName name) => grains.GetGrain<ILogStreamGrain>(name.Value);
}
