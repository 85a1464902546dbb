namespace Orleans.Log.Grains.Calling;

/// <summary>Makes grain calls, repeats them where that is harmless, and says what their failures mean.</summary>
internal sealed class GrainCaller(TimeProvider time, ClusterLogOptions options)
{
    /// <summary>A call that changes nothing.</summary>
    /// <param name="state">What the call needs.</param>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">Looked at all the time, and not only by the grain: nobody may be left there to look.</param>
    /// <param name="wait">How long the call itself may wait for something to happen.</param>
    public async ValueTask<TResult> ReadAsync<TState, TResult>(
        TState state, Func<TState, CancellationToken, ValueTask<TResult>> call, CancellationToken cancellationToken, TimeSpan wait = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var retries = new Retries(time, options);
        while (true)
        {
            GrainFailure failure;
            try
            {
                return await call(state, cancellationToken).AsTask().WaitAsync(retries.NextPatience(wait), time, cancellationToken);
            }
            catch (Exception error) when (GrainFailure.Of(error) is { } known)
            {
                failure = known;
            }

            if (!retries.Allows(failure, harmless: true))
                throw failure.ForRead();

            await retries.WaitAsync(cancellationToken);
        }
    }

    /// <summary>A call that changes the stream. Cancellation is looked at until it is made, and between two attempts that had no effect: one under way cannot be taken back.</summary>
    /// <param name="state">What the call needs.</param>
    /// <param name="call">The call.</param>
    /// <param name="harmless">It may be carried out twice.</param>
    /// <param name="cancellationToken">See above.</param>
    public async ValueTask<TResult> ChangeAsync<TState, TResult>(
        TState state, Func<TState, CancellationToken, ValueTask<TResult>> call, bool harmless, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var retries = new Retries(time, options);
        var mayHaveHappened = false;
        while (true)
        {
            GrainFailure failure;
            try
            {
                var answer = call(state, CancellationToken.None);
                return harmless ? await answer.AsTask().WaitAsync(retries.NextPatience(wait: default), time, CancellationToken.None) : await answer;
            }
            catch (Exception error) when (GrainFailure.Of(error) is { } known)
            {
                failure = known;
            }

            mayHaveHappened |= failure.IsUnknown;
            if (!retries.Allows(failure, harmless))
                throw Told(failure, mayHaveHappened);

            await retries.WaitAsync(mayHaveHappened ? CancellationToken.None : cancellationToken);
        }
    }

    /// <summary>A refusal tells of its own attempt only: what an earlier one did is not known.</summary>
    private static LogException Told(in GrainFailure failure, bool mayHaveHappened)
    {
        var told = failure.ForChange();
        return !mayHaveHappened || told.SideEffects == SideEffects.Possible
            ? told
            : new LogException(LogErrorCode.OutcomeUnknown, $"An attempt whose answer was lost may have been carried out; the last one was refused: {told.Message}", told.Facts, told);
    }
}
