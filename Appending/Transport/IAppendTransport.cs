namespace Orleans.Log.Client.Appending;

/// <summary>How the batches of one appender get to the stream: over HTTP, over grains.</summary>
/// <remarks>To the implementer: what is encoded is sent by the appender, batch by batch, as <see cref="IOutgoingBatch"/> says.</remarks>
public interface IAppendTransport : IAsyncDisposable
{
    /// <summary>
    /// Puts a batch into the form in which it travels. The batch's memory is not looked at again. Called by any number of threads, without order; what is
    /// encoded may never be sent.
    /// </summary>
    /// <param name="batch">Its records, which keep every bound of <see cref="BatchBounds"/>.</param>
    /// <param name="size">What <see cref="BatchBounds.Measure"/> says of it, in bytes.</param>
    IOutgoingBatch Encode(ReadOnlySpan<NewRecord> batch, int size);

    /// <summary>
    /// Begins anew under another producer id, because the stream has forgotten the present one: the batch <see cref="ProducerSilence.First"/> becomes its first, at every
    /// attempt that begins afterwards. Only if the stream is still the one that the appender was opened for, and its expiry explains the silence. Called while no attempt of that
    /// batch is under way.
    /// </summary>
    /// <returns>The new id; null if the appender must fail, and then nothing has changed. A transport that cannot begin anew returns null.</returns>
    /// <exception cref="LogClientException">The stream could not be asked; nothing has changed.</exception>
    ValueTask<string?> BeginAnewAsync(ProducerSilence silence, CancellationToken cancellationToken) => new((string?)null);
}

/// <summary>
/// A batch in the form of its transport. Disposed at most once, and only when no attempt can still be reading it: after one that failed or was given up
/// that cannot be known, and the batch is left to the garbage collector.
/// </summary>
/// <remarks>
/// To the implementer: new batches come one after the other in the order of their sequences; meanwhile the oldest may be sent again, at any time, by
/// another thread. Several sequences may be on their way together. A transport that cannot keep their order gets <c>producer_gap</c> for the one that
/// overtook, which had no effect; the appender sends that one again when it is the oldest. Every failure of an attempt is a
/// <see cref="LogClientException"/> whose side effects are told honestly; cancellation of an attempt may surface as
/// <see cref="OperationCanceledException"/>. After a failure it must be possible to send again: the transport reconnects by itself.
/// </remarks>
public interface IOutgoingBatch : IDisposable
{
    /// <summary>
    /// Begins an attempt. The outer task ends when the next batch may be sent without overtaking this one (at the latest when
    /// the attempt has failed) and never fails; the inner one is the attempt's outcome.
    /// </summary>
    /// <param name="sequence">Number of the batch within the producer's epoch; the same at every attempt.</param>
    /// <param name="oldest">Every batch before it has its outcome.</param>
    /// <param name="cancellationToken">Gives the attempt up.</param>
    ValueTask<Task<AppendAck>> SendAsync(long sequence, bool oldest, CancellationToken cancellationToken);
}
