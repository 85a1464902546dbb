using Orleans.Log.Engine.Catalog;
using Orleans.Log.Engine.Offload;
using Orleans.Log.Engine.Pipeline;

namespace Orleans.Log.Engine;

/// <summary>
/// One stream of the node: what the catalog says of it, and the pipeline that serves it. There is one object per stream for the life of the
/// process, and it is what callers hold; it stays bound to this stream when another one is created under its name.
/// </summary>
internal sealed class LogNodeStream(CatalogEntry entry, StreamPipeline pipeline, LogNodeShared shared) : ILogStream, IStreamOwner
{
    private CatalogEntry _entry = entry;
    private Task _settled = Task.CompletedTask;
    private volatile bool _deleted;

    /// <summary>Makes the object of a stream, which its pipeline asks what the catalog says.</summary>
    public static LogNodeStream Make(CatalogEntry entry, StreamPipeline pipeline, LogNodeShared shared)
    {
        var stream = new LogNodeStream(entry, pipeline, shared);
        pipeline.Owner = stream;
        return stream;
    }

    /// <inheritdoc/>
    public StreamName Name { get; } = entry.Name;

    /// <inheritdoc/>
    public StreamId Id { get; } = entry.Id;

    /// <inheritdoc/>
    public bool DecidesAtOnce => true;

    /// <summary>What the catalog says, as ordered. Written under the catalog's lock.</summary>
    public CatalogEntry Entry
    {
        get => Volatile.Read(ref _entry);
        set => Volatile.Write(ref _entry, value);
    }

    /// <summary>Ends when the last change that the catalog ordered about this stream is durable. Written under the catalog's lock.</summary>
    public Task Settled
    {
        get => Volatile.Read(ref _settled);
        set => Volatile.Write(ref _settled, value);
    }

    /// <summary>Its state, its order, its readers.</summary>
    public StreamPipeline Pipeline { get; } = pipeline;

    /// <summary>Part of it was lost, or may have been, and it is still there.</summary>
    public bool IsDamaged => !_deleted && Pipeline.Status.Damaged;

    /// <summary>The catalog has ordered another configuration: it is to be published.</summary>
    public void MarkChanged() => Pipeline.MarkChanged();

    /// <summary>Recovery: a change of configuration that is durable.</summary>
    public void Configure(CatalogEntry entry)
    {
        Entry = entry;
        Pipeline.Config = entry.Config;
    }

    /// <summary>The catalog has ordered the end of the stream. Called under the catalog's lock.</summary>
    public void Delete()
    {
        _deleted = true;
        Pipeline.Delete();
    }

    /// <summary>The stream as it stands; opens nothing.</summary>
    public StreamDescription Describe()
    {
        var (entry, status) = (Entry, Pipeline.Status);
        return new StreamDescription(
            entry.Name,
            entry.Id,
            status.Head,
            status.Tail,
            status.Offloaded,
            status.Sealed,
            status.Fenced,
            status.Term,
            status.Bytes,
            status.LastTimestamp,
            entry.Config,
            entry.ConfigVersion,
            DateTimeOffset.FromUnixTimeMilliseconds(entry.CreatedAt));
    }

    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(in RecordBatch batch, in AppendConditions conditions, CancellationToken cancellationToken) =>
        AppendAsync(batch, conditions, StreamPipeline.AnyTerm, cancellationToken);

    /// <summary>The same for the leader of one term.</summary>
    public ValueTask<AppendResult> AppendAsync(in RecordBatch batch, in AppendConditions conditions, long term, CancellationToken cancellationToken)
    {
        if (!shared.Instruments.WatchesAppends)
            return Pipeline.AppendAsync(batch, conditions, term, cancellationToken);

        var watch = shared.Instruments.BeginAppend(this, batch);
        return shared.Instruments.Watch(Pipeline.AppendAsync(batch, conditions, term, cancellationToken), watch);
    }

    /// <inheritdoc/>
    public ValueTask<ReadPage> ReadAsync(ReadRequest request, CancellationToken cancellationToken) =>
        shared.Instruments.WatchesReads
            ? shared.Instruments.Watch(Pipeline.ReadAsync(request, cancellationToken), shared.Instruments.BeginRead(this))
            : Pipeline.ReadAsync(request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamPosition> CheckTailAsync(CancellationToken cancellationToken) =>
        _deleted ? ValueTask.FromException<StreamPosition>(StreamCatalog.NotFound(Name)) : new(Pipeline.Status.Position);

    /// <inheritdoc/>
    public ValueTask<StreamDescription> DescribeAsync(CancellationToken cancellationToken) =>
        _deleted ? ValueTask.FromException<StreamDescription>(StreamCatalog.NotFound(Name)) : new(Describe());

    /// <inheritdoc/>
    public ValueTask<StreamPosition> TrimAsync(long before, CancellationToken cancellationToken) => TrimAsync(before, StreamPipeline.AnyTerm, cancellationToken);

    /// <summary>The same for the leader of one term.</summary>
    public ValueTask<StreamPosition> TrimAsync(long before, long term, CancellationToken cancellationToken)
    {
        var oldest = Pipeline.OldestLive;
        var trim = Pipeline.TrimAsync(before, cancellationToken, term);
        return oldest is null ? trim : Trimmed(trim);

        async ValueTask<StreamPosition> Trimmed(ValueTask<StreamPosition> pending)
        {
            var position = await pending;
            shared.OnFreed(oldest);
            return position;
        }
    }

    /// <inheritdoc/>
    public ValueTask<StreamPosition> FenceAsync(string token, string? expected, CancellationToken cancellationToken) =>
        FenceAsync(token, expected, StreamPipeline.AnyTerm, cancellationToken);

    /// <summary>The same for the leader of one term.</summary>
    public ValueTask<StreamPosition> FenceAsync(string token, string? expected, long term, CancellationToken cancellationToken)
    {
        shared.Instruments.OnFenced();
        return Pipeline.FenceAsync(token, expected, cancellationToken, term);
    }

    /// <inheritdoc/>
    public ValueTask<StreamPosition> SealAsync(CancellationToken cancellationToken) => SealAsync(StreamPipeline.AnyTerm, cancellationToken);

    /// <summary>The same for the leader of one term.</summary>
    public ValueTask<StreamPosition> SealAsync(long term, CancellationToken cancellationToken) => Pipeline.SealAsync(cancellationToken, term);

    /// <inheritdoc/>
    public ValueTask<SnapshotInfo> SnapshotAsync(CancellationToken cancellationToken) =>
        _deleted ? ValueTask.FromException<SnapshotInfo>(StreamCatalog.NotFound(Name))
        : shared.Store is { } store ? new(store.SnapshotAsync(this, cancellationToken))
        : ValueTask.FromException<SnapshotInfo>(
            new LogException(LogErrorCode.BadRequest, "This node has no blob store.", new LogErrorFacts(Reason: "no_store")));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SnapshotInfo>> ListSnapshotsAsync(CancellationToken cancellationToken) =>
        _deleted ? ValueTask.FromException<IReadOnlyList<SnapshotInfo>>(StreamCatalog.NotFound(Name))
        : shared.Store is { } store ? Published(store, cancellationToken)
        : new([]);

    private async ValueTask<IReadOnlyList<SnapshotInfo>> Published(NodeStore store, CancellationToken cancellationToken)
    {
        // Only the last one is kept: a root names one snapshot.
        var published = await store.FindAsync(Id, cancellationToken);
        return published is { } snapshot ? [snapshot] : [];
    }
}
