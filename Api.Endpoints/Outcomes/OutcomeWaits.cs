using Microsoft.Extensions.ObjectPool;

namespace Orleans.Log.Api.Endpoints.Outcomes;

/// <summary>
/// Waits at rest, for requests that have one outcome each to wait for: a task and a timer for each of them were 370 bytes a request. Safe for use by any number of threads.
/// </summary>
internal sealed class OutcomeWaits(TimeProvider time, TimeSpan limit)
{
    /// <summary>Most at rest, of some 250 bytes and a timer each; those beyond are thrown away.</summary>
    private const int Kept = 1_024;

    private readonly ObjectPool<OutcomeWait> _atRest = new DefaultObjectPoolProvider { MaximumRetained = Kept }.Create(new Policy(time, limit));

    /// <summary>The outcome of an append that was ordered, or <see cref="LogErrorCode.TimedOut"/>; it goes on all the same.</summary>
    public async ValueTask<AppendResult> InTimeAsync(ValueTask<AppendResult> ordered)
    {
        if (ordered.IsCompleted)
            return await ordered;

        var wait = _atRest.Get();
        if (!await wait.EndsInTimeAsync(ordered, time.GetTimestamp()))
        {
            // It still takes the outcome when that comes, and is not used again.
            wait.Dispose();
            throw OutOfTime();
        }

        _atRest.Return(wait);
        return await ordered;
    }

    /// <summary>What is told when there was no outcome in time.</summary>
    public static LogException OutOfTime(Exception? inner = null) =>
        new(LogErrorCode.TimedOut, "The outcome did not become known in time.", innerException: inner);

    private sealed class Policy(TimeProvider time, TimeSpan limit) : PooledObjectPolicy<OutcomeWait>
    {
        public override OutcomeWait Create() => new(time, limit);

        public override bool Return(OutcomeWait wait) => true;
    }
}
