namespace Orleans.Log.Testing;

public sealed partial class VolatileLogStream
{
    private SnapshotInfo? _snapshot;

    private long Offloaded => _snapshot?.Lsn ?? 0;

    /// <inheritdoc/>
    public ValueTask<SnapshotInfo> SnapshotAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            ThrowIfDeleted();
            if (_store is null)
                throw new LogException(LogErrorCode.BadRequest, "This node has no blob store.", new LogErrorFacts(Reason: "no_store"));

            if (_snapshot is null || Offloaded < _tail)
            {
                _store.ThrowIfAway();
                _snapshot = new SnapshotInfo(_tail, Term: 1, _time.GetUtcNow(), Bytes);
            }

            return ValueTask.FromResult(_snapshot.Value);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SnapshotInfo>> ListSnapshotsAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            ThrowIfDeleted();
            return ValueTask.FromResult<IReadOnlyList<SnapshotInfo>>(_snapshot is { } snapshot ? [snapshot] : []);
        }
    }
}
