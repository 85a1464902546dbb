namespace Orleans.Log.Engine;

/// <summary>One leader's view of a stream of the node.</summary>
internal sealed class LogNodeLeader(LogNodeStream stream, long? term) : ILogStreamLeader
{
    // A damaged stream refuses everything by itself, whatever the term.
    private readonly long _term = term ?? 0;

    /// <inheritdoc/>
    public long? Term => term;

    /// <inheritdoc/>
    public long StartTail { get; } = stream.Pipeline.Status.Tail;

    /// <inheritdoc/>
    public StreamName Name => stream.Name;

    /// <inheritdoc/>
    public StreamId Id => stream.Id;

    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(in RecordBatch batch, in AppendConditions conditions, CancellationToken cancellationToken) =>
        stream.AppendAsync(batch, conditions, _term, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamPosition> TrimAsync(long before, CancellationToken cancellationToken) => stream.TrimAsync(before, _term, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamPosition> FenceAsync(string token, string? expected, CancellationToken cancellationToken) =>
        stream.FenceAsync(token, expected, _term, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamPosition> SealAsync(CancellationToken cancellationToken) => stream.SealAsync(_term, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ReadPage> ReadAsync(ReadRequest request, CancellationToken cancellationToken) => stream.ReadAsync(request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamPosition> CheckTailAsync(CancellationToken cancellationToken) => stream.CheckTailAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamDescription> DescribeAsync(CancellationToken cancellationToken) => stream.DescribeAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<SnapshotInfo> SnapshotAsync(CancellationToken cancellationToken) => stream.SnapshotAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SnapshotInfo>> ListSnapshotsAsync(CancellationToken cancellationToken) => stream.ListSnapshotsAsync(cancellationToken);
}
