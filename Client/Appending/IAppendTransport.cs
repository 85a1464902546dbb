namespace Orleans.Log.Client.Appending;

/// <summary>
/// How the batches of one appender get to the server. New batches come one after the other in the order of their sequences; meanwhile
/// the oldest may be sent again, at any time, by another thread. Several sequences may be on their way together. A transport that
/// cannot keep their order gets <c>producer_gap</c> for the one that overtook, which had no effect; the appender sends that one again
/// when it is the oldest.
/// </summary>
/// <remarks>
/// To the implementer: every failure of an attempt is a <see cref="LogClientException"/> whose side effects are told honestly;
/// cancellation of an attempt may surface as <see cref="OperationCanceledException"/>. After a failure the transport must be able to
/// send again: it reconnects by itself. The body's memory may be read until the attempt has ended.
/// </remarks>
internal interface IAppendTransport : IAsyncDisposable
{
    /// <summary>
    /// Hands a batch over. The outer task ends when the next batch may be handed over without overtaking this one (at the latest when
    /// the attempt has failed) and never fails; the inner one is the attempt's outcome.
    /// </summary>
    ValueTask<Task<AppendAck>> SendAsync(EncodedBatch batch, CancellationToken cancellationToken);
}

/// <summary>A batch as it goes over the wire.</summary>
/// <param name="Body">Its records, as frames.</param>
/// <param name="Sequence">Its number within the producer's epoch.</param>
/// <param name="Oldest">Every batch before it has its outcome.</param>
internal readonly record struct EncodedBatch(ReadOnlyMemory<byte> Body, long Sequence, bool Oldest);
