using Orleans.Log.Client.Appending;

namespace Orleans.Log.Client;

// What callers do: offer a batch, wait for room. The order of the stream is fixed here, under the lock, when a batch is accepted.
public sealed partial class LogStreamAppender
{
    private int _callbackThread;

    /// <summary>
    /// Appends a batch, blocking the thread while there is no room. The batch's memory is free again when the call returns. For threads of
    /// one's own: acknowledgements need threads of the pool, and many of those blocked here would be missing there.
    /// </summary>
    /// <param name="batch">1 to 10,000 records of at most 4 MiB together; one unit: all or nothing, contiguous LSNs.</param>
    /// <param name="callback">Told the outcome; null for <see cref="AppenderOptions.DefaultCallback"/>.</param>
    /// <exception cref="LogClientException">The batch was not taken, certainly had no effect, and its callback will not run: it is empty or too
    /// large (the appender works on), the appender is closed or faulted, or there was no room in time.</exception>
    /// <exception cref="InvalidOperationException">Called from inside a callback of this appender, and there is no room.</exception>
    public void AppendBatch(ReadOnlySpan<NewRecord> batch, AppendCallback? callback = null)
    {
        if (Offer(batch, callback, mayWait: Volatile.Read(ref _callbackThread) != Environment.CurrentManagedThreadId) is { } call)
            WaitForRoomAsync(call, CancellationToken.None).GetAwaiter().GetResult();
    }

    /// <summary>
    /// Appends a batch; the task ends when it is accepted, at once while there is room. The batch's memory is free again when the call
    /// returns its task. Calls are ordered when they are made, not when they are awaited.
    /// </summary>
    /// <param name="batch">As for <see cref="AppendBatch"/>.</param>
    /// <param name="callback">As for <see cref="AppendBatch"/>.</param>
    /// <param name="cancellationToken">Stops waiting for room. A batch that is accepted cannot be taken back.</param>
    /// <exception cref="LogClientException">As for <see cref="AppendBatch"/>; in the task only if the call had to wait.</exception>
    public ValueTask AppendBatchAsync(
        ReadOnlySpan<NewRecord> batch,
        AppendCallback? callback = null,
        CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Offer(batch, callback, mayWait: true) is { } call
            ? new ValueTask(WaitForRoomAsync(call, cancellationToken))
            : ValueTask.CompletedTask;
    }

    /// <summary>
    /// Appends a batch; the task ends with its outcome, error or not. The same order and room as with callbacks, whose place the task takes.
    /// Code behind the await runs outside of the callback loop and does not hold it up.
    /// </summary>
    /// <param name="batch">As for <see cref="AppendBatch"/>.</param>
    /// <param name="cancellationToken">Stops waiting for room. A batch that is accepted cannot be taken back.</param>
    public Task<AppendAck> AppendAsync(ReadOnlySpan<NewRecord> batch, CancellationToken cancellationToken = default)
    {
        var outcome = new TaskCompletionSource<AppendAck>(TaskCreationOptions.RunContinuationsAsynchronously);
        ValueTask accepted;
        try
        {
            accepted = AppendBatchAsync(batch, Settle, cancellationToken);
        }
        catch (LogClientException e)
        {
            return Task.FromException<AppendAck>(e);
        }
        catch (OperationCanceledException e)
        {
            return Task.FromCanceled<AppendAck>(e.CancellationToken);
        }

        return accepted.IsCompletedSuccessfully ? outcome.Task : AcceptedThenSettled(accepted, outcome.Task);

        void Settle(AppendAck ack, LogClientException? error)
        {
            if (error is null)
                outcome.SetResult(ack);
            else
                outcome.SetException(error.Again(error.SideEffects));
        }
    }

    private static async Task<AppendAck> AcceptedThenSettled(ValueTask accepted, Task<AppendAck> outcome)
    {
        await accepted;
        return await outcome;
    }

    /// <summary>Accepts the batch, or puts it into the queue of those that wait; or throws, and nothing has happened.</summary>
    private WaitingCall? Offer(ReadOnlySpan<NewRecord> records, AppendCallback? callback, bool mayWait)
    {
        var size = BatchBounds.Measure(records);
        var batch = new PendingBatch(_transport.Encode(records, size), size, callback ?? _options.DefaultCallback);
        try
        {
            lock (_lock)
            {
                if (_closed)
                    throw ClosedByOwner();
                if (_fault is not null)
                    throw _fault.Again(CallSideEffects.None);

                // While somebody waits there is no room: what is freed goes to the one who has waited longest in the same moment.
                if (_used < PipelineSize)
                {
                    Accept(batch, _options.CallTimeout);
                    return null;
                }

                if (!mayWait)
                    throw new InvalidOperationException("There is no room, and a callback that waits for room would wait for its own end.");
                if (_waitingBytes + batch.WaitingBytes > AppenderOptions.MaxWaitingBytes)
                    throw TooManyWaiting();

                var call = new WaitingCall(batch, _time.GetTimestamp());
                call.Node = _waiting.AddLast(call);
                _waitingBytes += batch.WaitingBytes;
                return call;
            }
        }
        catch
        {
            batch.Dispose();
            throw;
        }
    }

    private async Task WaitForRoomAsync(WaitingCall call, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(_options.CallTimeout, _time);
        await using var onTimeout = deadline.Token.UnsafeRegister(
            _ => Withdraw(call, new LogClientException(LogClientErrors.TimedOut, "There was no room in time.", retryable: true)), null);
        await using var onCancel = cancellationToken.UnsafeRegister(
            _ => Withdraw(call, new OperationCanceledException(cancellationToken)), null);
        await call.Accepted.Task;
    }

    /// <summary>The call waits no longer, unless it has been accepted meanwhile.</summary>
    private void Withdraw(WaitingCall call, Exception reason)
    {
        lock (_lock)
        {
            if (call.Node is not { } node)
                return;

            _waiting.Remove(node);
            _waitingBytes -= call.Batch.WaitingBytes;
            call.Node = null;
        }

        call.Batch.Dispose();
        call.Accepted.SetException(reason);
    }

    /// <summary>Under the lock: this is the moment that fixes a batch's place in the stream.</summary>
    private void Accept(PendingBatch batch, TimeSpan left)
    {
        _used++;
        batch.Sequence = _nextSequence++;
        batch.Arm(left, _time, _abort.Token);
        if (!_toSend.Writer.TryWrite(batch))
            throw new InvalidOperationException("A batch that has room must fit into the queue.");
    }

    /// <summary>A callback has returned: its room goes to the call that has waited longest.</summary>
    private void FreeRoom()
    {
        lock (_lock)
        {
            _used--;
            if (_waiting.First is not { } node)
                return;

            var call = node.Value;
            _waiting.RemoveFirst();
            _waitingBytes -= call.Batch.WaitingBytes;
            call.Node = null;
            var left = _options.CallTimeout == Timeout.InfiniteTimeSpan
                ? Timeout.InfiniteTimeSpan
                : _options.CallTimeout - _time.GetElapsedTime(call.Entered);
            Accept(call.Batch, left);
            call.Accepted.SetResult();
        }
    }

    /// <summary>Under the lock.</summary>
    private void FailWaiting(LogClientException error)
    {
        foreach (var call in _waiting)
        {
            call.Node = null;
            call.Batch.Dispose();
            call.Accepted.SetException(error.Again(CallSideEffects.None));
        }

        _waiting.Clear();
        _waitingBytes = 0;
    }

    private static LogClientException TooManyWaiting() =>
        new(
            LogClientErrors.TooManyInFlight,
            $"At most {AppenderOptions.MaxWaitingBytes} bytes may wait for room in one appender.",
            retryable: true,
            details: new LogErrorDetails { Limit = AppenderOptions.MaxWaitingBytes, Unit = "bytes" });

    /// <summary>A call that waits for room. Its node is null as soon as it does not wait any more.</summary>
    private sealed class WaitingCall(PendingBatch batch, long entered)
    {
        public PendingBatch Batch { get; } = batch;

        public long Entered { get; } = entered;

        public LinkedListNode<WaitingCall>? Node { get; set; }

        public TaskCompletionSource Accepted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
