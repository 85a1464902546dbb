namespace Orleans.Log;

/// <summary>
/// One open log stream. Safe for use by any number of threads; calls made one after the other by one thread, without awaiting,
/// are ordered in that order.
/// </summary>
public interface ILogStream
{
    /// <summary>Its name.</summary>
    StreamName Name { get; }

    /// <summary>Its identity.</summary>
    StreamId Id { get; }

    /// <summary>
    /// Whether a batch that is refused is so when <see cref="AppendAsync"/> returns, and not later. Several batches may then be appended as one and, if that is
    /// refused, one by one, without any losing its place.
    /// </summary>
    bool DecidesAtOnce => false;

    /// <summary>
    /// Appends a batch. Order, position and refusal are decided before the call returns its task; the task ends once the batch is
    /// committed. The batch's memory is free again when the call returns. Results of one stream come in the order of its LSNs.
    /// </summary>
    /// <param name="batch">1 to <see cref="Limits.BatchRecords"/> records, at most <see cref="Limits.BatchBytes"/>.</param>
    /// <param name="conditions">What must hold.</param>
    /// <param name="cancellationToken">Looked at once, before the batch is ordered: an ordered append cannot be taken back.</param>
    ValueTask<AppendResult> AppendAsync(in RecordBatch batch, in AppendConditions conditions, CancellationToken cancellationToken);

    /// <summary>
    /// Reads what is committed. A start at the tail gives an empty page; without a wait and without clamping, one beyond the tail is
    /// <see cref="LogErrorCode.Unwritten"/>. One below the head is <see cref="LogErrorCode.Trimmed"/>, unless clamped. A position whose
    /// bytes were damaged is <see cref="LogErrorCode.Corrupt"/>. On a sealed stream a read at the tail never waits.
    /// </summary>
    ValueTask<ReadPage> ReadAsync(ReadRequest request, CancellationToken cancellationToken);

    /// <summary>Head and tail; linearizable: at least everything acknowledged before the call.</summary>
    ValueTask<StreamPosition> CheckTailAsync(CancellationToken cancellationToken);

    /// <summary>The stream as it stands.</summary>
    ValueTask<StreamDescription> DescribeAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Gives up everything below <paramref name="before"/>, which may be the tail and never beyond it
    /// (<see cref="LogErrorCode.Unwritten"/>). Below the head: no effect. Allowed on a sealed stream. Durable when it returns.
    /// </summary>
    ValueTask<StreamPosition> TrimAsync(long before, CancellationToken cancellationToken);

    /// <summary>
    /// Sets the fencing token; from this position on only appends that carry it are taken. Empty removes it. With
    /// <paramref name="expected"/> it is set only if that is the present one (empty: none is set), else
    /// <see cref="LogErrorCode.Fenced"/>. Setting the present token has no effect, whatever is expected, so that a call whose answer
    /// was lost may be repeated. A token that <see cref="FencingTokens"/> refuses is <see cref="LogErrorCode.BadRequest"/>. Durable when it returns.
    /// </summary>
    ValueTask<StreamPosition> FenceAsync(string token, string? expected, CancellationToken cancellationToken);

    /// <summary>Ends the stream for good at its present tail. Sealing a sealed stream has no effect. Durable when it returns.</summary>
    ValueTask<StreamPosition> SealAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Moves everything that is committed when it is called to the blob store and publishes a snapshot of the stream, from which it can be
    /// rebuilt without the node's disk. Ends once that is published; one that is published already and holds everything is the answer. Without a
    /// blob store <see cref="LogErrorCode.BadRequest"/>; if it cannot be reached <see cref="LogErrorCode.StoreUnavailable"/>.
    /// </summary>
    /// <param name="cancellationToken">Ends the waiting, not the work.</param>
    ValueTask<SnapshotInfo> SnapshotAsync(CancellationToken cancellationToken);

    /// <summary>
    /// The snapshots from which the stream could be rebuilt now, newest first; at most <see cref="Limits.Snapshots"/>. Empty without a blob store.
    /// </summary>
    ValueTask<IReadOnlyList<SnapshotInfo>> ListSnapshotsAsync(CancellationToken cancellationToken);
}
