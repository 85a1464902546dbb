using Orleans.Log.Client.Appending;

namespace Orleans.Log.Client;

// The two loops. The first sends every batch once, in order. The second waits for the outcome of the oldest, is the only one that
// sends anything again, and always the oldest; then it runs the callback. A batch goes through the first loop, then the second.
public sealed partial class LogStreamAppender
{
    private long _lastSent = -1;   // written by the sending loop only
    private long _oldest;          // lowest sequence without an outcome; written by the completing loop only
    private long _acknowledged;    // when the last acknowledgement came; of the completing loop only

    private async Task SendLoopAsync()
    {
        await foreach (var batch in _toSend.Reader.ReadAllAsync())
        {
            await _recovery.WaitAsync();
            if (Fault is null)
            {
                Volatile.Write(ref _lastSent, batch.Sequence);
                await AttemptAsync(batch);
            }

            await _toComplete.Writer.WriteAsync(batch);
        }

        _toComplete.Writer.Complete();
    }

    private async Task CompleteLoopAsync(Task sending)
    {
        await foreach (var batch in _toComplete.Reader.ReadAllAsync())
        {
            var (ack, error) = await OutcomeAsync(batch);
            if (error is not null)
                Fail(error);

            Volatile.Write(ref _oldest, batch.Sequence + 1);
            _recovery.Settled(batch.Sequence);
            batch.Dispose();
            RunCallback(batch.Callback, ack, error);
            FreeRoom();
        }

        await sending;
        await _transport.DisposeAsync();
    }

    /// <summary>One outcome per batch: the first failure is that of all after it.</summary>
    private async ValueTask<(AppendAck Ack, LogClientException? Error)> OutcomeAsync(PendingBatch batch)
    {
        if (Fault is { } fault)
        {
            Forget(batch.Attempt);
            return (default, fault);
        }

        try
        {
            var ack = await SettleAsync(batch);
            _acknowledged = _time.GetTimestamp();
            return (ack, null);
        }
        catch (LogClientException e)
        {
            return (default, e);
        }
        catch (Exception e)
        {
            // A defect in the transport must not leave callbacks without an outcome.
            return (default, new LogClientException(LogClientErrors.Internal, "The transport failed.", sideEffects: CallSideEffects.Possible, innerException: e));
        }
    }

    /// <summary>Waits for the oldest batch, sending it again as long as that can help and is harmless.</summary>
    private async ValueTask<AppendAck> SettleAsync(PendingBatch batch)
    {
        var failures = 0;
        var firstFailure = 0L;

        // Refused while it waited behind others, which are acknowledged since: what it was told then, a pause that was asked for included, says nothing of now.
        var outdated = !batch.SentAsOldest && batch.Attempt is { IsFaulted: true };
        while (true)
        {
            LogClientException failure;
            try
            {
                return await batch.Attempt!;
            }
            catch (LogClientException e)
            {
                failure = e;
            }
            catch (OperationCanceledException e)
            {
                throw Cancelled(batch, e, CallSideEffects.Possible);
            }

            batch.MayHaveHappened |= failure.SideEffects == CallSideEffects.Possible;
            _recovery.Close(Volatile.Read(ref _lastSent));

            // It overtook another on the way, which is this appender's own doing, had no effect and cannot happen to the oldest.
            var overtook = failure.Code == LogClientErrors.ProducerGap && !batch.SentAsOldest;
            if (!overtook)
            {
                if (WasForgotten(batch, failure))
                {
                    var (begun, error) = await BeginAnewAsync(batch);
                    if (begun)
                        continue;

                    failure = error ?? failure;
                }

                var now = _time.GetTimestamp();
                firstFailure = failures == 0 ? now : firstFailure;
                if (!MayResume(failure, _time.GetElapsedTime(firstFailure, now)))
                    throw Final(batch, failure);

                if (!outdated)
                    await PauseAsync(batch, failures++, failure.Details.RetryAfter);
            }

            outdated = false;

            await AttemptAsync(batch);
        }
    }

    /// <summary>The stream knows nothing of this producer, and batches of it were acknowledged.</summary>
    private bool WasForgotten(PendingBatch batch, LogClientException failure) =>
        failure is { Code: LogClientErrors.ProducerGap, Details.ExpectedSequence: 0 }
        && batch.SentAsOldest
        && batch.Sequence > _options.FirstSequence
        && _options.ProducerId is null
        && _options.Resume;

    /// <summary>Sends the oldest batch as the first one of another producer. Those behind it were refused as it was, and follow it.</summary>
    private async ValueTask<(bool Begun, LogClientException? Error)> BeginAnewAsync(PendingBatch batch)
    {
        var silence = new ProducerSilence(
            batch.Sequence, _time.GetElapsedTime(_acknowledged, batch.FirstSent), _time.GetElapsedTime(batch.FirstSent));
        try
        {
            if (await _transport.BeginAnewAsync(silence, batch.Cancel) is not { } producer)
                return (false, null);

            Volatile.Write(ref _producerId, producer);
            batch.MayHaveHappened = false;
            await AttemptAsync(batch);
            return (true, null);
        }
        catch (LogClientException e)
        {
            return (false, e);
        }
        catch (OperationCanceledException e)
        {
            throw Cancelled(batch, e, CallSideEffects.None);
        }
    }

    private bool MayResume(LogClientException failure, TimeSpan since) =>
        _options.Resume
        && failure.Retryable
        && (_options.ResumeTimeout == Timeout.InfiniteTimeSpan || since < _options.ResumeTimeout);

    private async ValueTask PauseAsync(PendingBatch batch, int failures, TimeSpan? asked)
    {
        try
        {
            await _backoff.WaitAsync(failures, asked, batch.Cancel);
        }
        catch (OperationCanceledException e)
        {
            throw Cancelled(batch, e, CallSideEffects.None);
        }
    }

    private async ValueTask AttemptAsync(PendingBatch batch)
    {
        batch.SentAsOldest = batch.Sequence == Volatile.Read(ref _oldest);
        if (batch.Attempts++ == 0)
            batch.FirstSent = _time.GetTimestamp();

        batch.Attempt = await batch.SendAsync();
    }

    /// <summary>The batch's time is over, or the owner gave up.</summary>
    private LogClientException Cancelled(PendingBatch batch, OperationCanceledException cause, CallSideEffects sideEffects) =>
        Fault ?? new LogClientException(
            LogClientErrors.TimedOut,
            $"The batch was not acknowledged within {_options.CallTimeout.TotalSeconds:0.###} s of its call.",
            retryable: false,
            batch.MayHaveHappened ? CallSideEffects.Possible : sideEffects,
            innerException: cause);

    /// <summary>
    /// A refusal tells of its own attempt only. An earlier one that got through is answered as a duplicate, but only as long as it is remembered: not
    /// after a newer epoch of the producer has written, and not on a stream that was deleted since.
    /// </summary>
    private static LogClientException Final(PendingBatch batch, LogClientException failure) =>
        !batch.MayHaveHappened || failure.SideEffects == CallSideEffects.Possible
            ? failure
            : new LogClientException(
                failure.Code,
                $"{failure.Message} An earlier attempt may have been carried out.",
                failure.Retryable,
                CallSideEffects.Possible,
                failure.Details,
                failure);

    private void RunCallback(AppendCallback callback, AppendAck ack, LogClientException? error)
    {
        Volatile.Write(ref _callbackThread, Environment.CurrentManagedThreadId);
        try
        {
            callback(ack, error);
        }
        catch (Exception e)
        {
            // The owner's defect, and nobody to throw it at: what follows is not called back as if all were well.
            Fail(new LogClientException(LogClientErrors.Internal, "A callback threw.", sideEffects: CallSideEffects.Possible, innerException: e));
        }
        finally
        {
            Volatile.Write(ref _callbackThread, 0);
        }
    }

    // The attempt was cancelled with the fault; how it ends does not matter any more, only that nobody calls it unobserved.
    private static void Forget(Task? attempt) =>
        _ = attempt?.ContinueWith(
            static t => _ = t.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
}
