using Orleans.Runtime;

namespace Orleans.Log.Grains.Calling;

/// <summary>
/// Looks after calls that may be with a stream's leader for long and cannot just be made again. If the silo of one is lost nobody answers it, and Orleans says so only after its own time-out. So while there is no answer the
/// stream is asked who leads it: a leader of another term will never answer what an earlier one was asked. Safe for use by any number of threads.
/// </summary>
/// <param name="grain">The stream's.</param>
/// <param name="stream">Its identity.</param>
/// <param name="term">That of the leader when the stream was opened.</param>
/// <param name="time">The clock of the waits.</param>
/// <param name="options">How long a silent leader may still come back.</param>
internal sealed class LeaderWatch(ILogStreamGrain grain, StreamId stream, long term, TimeProvider time, ClusterLogOptions options)
{
    /// <summary>How often it is asked by those who wait because nothing happens: they are many, and their silence is nothing unusual.</summary>
    public static readonly TimeSpan Seldom = TimeSpan.FromSeconds(5);

    /// <summary>How often by those who wait for what takes milliseconds: their stream may be back within a moment, and they learn it only by asking.</summary>
    public static readonly TimeSpan Often = TimeSpan.FromSeconds(1);

    private long _term = term;

    /// <summary>
    /// Makes a call and waits for its answer. Throws <see cref="SiloUnavailableException"/> if none can come any more: another leads by now, or nobody can, or nothing was heard of the leader for
    /// <see cref="ClusterLogOptions.RetryFor"/>. The call may have been carried out all the same.
    /// </summary>
    /// <param name="state">What the call needs.</param>
    /// <param name="call">The call.</param>
    /// <param name="every">How long there is no answer before the stream is asked, and asked again; sooner once that had no answer either.</param>
    /// <param name="cancellationToken">Ends the wait, and not the call.</param>
    public async ValueTask<TResult> AnswerAsync<TState, TResult>(TState state, Func<TState, ValueTask<TResult>> call, TimeSpan every, CancellationToken cancellationToken)
    {
        // Read before the call is made, which goes to this leader or to a later one.
        var called = Volatile.Read(ref _term);
        var answer = call(state).AsTask();
        var heard = time.GetTimestamp();
        var (next, soon) = (every, every < Patience.First ? every : Patience.First);
        while (!await EndedWithinAsync(answer, next, cancellationToken))
        {
            var leads = await LeadsAsync(called, soon, cancellationToken);
            next = leads is true ? every : soon;
            if (leads is true)
                heard = time.GetTimestamp();
            else if ((leads is false || time.GetElapsedTime(heard) >= options.RetryFor) && !answer.IsCompleted)
                throw new SiloUnavailableException("The leader that was called is gone.");
        }

        return await answer;
    }

    private async ValueTask<bool> EndedWithinAsync(Task answer, TimeSpan within, CancellationToken cancellationToken)
    {
        await answer.WaitAsync(within, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        cancellationToken.ThrowIfCancellationRequested();
        return answer.IsCompleted;
    }

    /// <summary>Does the leader of that term lead? Null if nobody knows at the moment.</summary>
    private async ValueTask<bool?> LeadsAsync(long called, TimeSpan within, CancellationToken cancellationToken)
    {
        try
        {
            var leading = (await grain.DescribeAsync(stream, cancellationToken).AsTask().WaitAsync(within, time, cancellationToken)).Term;
            Volatile.Write(ref _term, leading);
            return leading == called;
        }
        catch (Exception error) when (GrainFailure.Of(error) is { } failure)
        {
            return failure.Known is { Code: LogErrorCode.Unavailable or LogErrorCode.StreamNotFound } ? false : null;
        }
    }
}
