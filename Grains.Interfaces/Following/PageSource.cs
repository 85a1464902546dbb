using Orleans.Log.Grains.Calling;
using Orleans.Log.Grains.Wire;
using Orleans.Runtime;

namespace Orleans.Log.Grains.Following;

/// <summary>One enumeration of a grain, which lasts as long as the grain does.</summary>
internal sealed class PageSource : IAsyncDisposable
{
    private readonly LeaderWatch _watch;
    private readonly CancellationToken _cancelled;
    private readonly CancellationTokenSource _stop;
    private readonly IAsyncEnumerator<PageOfRecords> _pages;
    private Task<bool> _next = Task.FromResult(false);

    /// <summary>Nothing is asked yet.</summary>
    public PageSource(ILogStreamGrain grain, StreamId stream, ReadRequest request, LeaderWatch watch, CancellationToken cancellationToken)
    {
        (_watch, _cancelled) = (watch, cancellationToken);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        // One page a message: Orleans would put into it whatever is ready, a hundred pages of a mebibyte each.
        _pages = grain.FollowAsync(stream, request, _stop.Token).WithBatchSize(1).GetAsyncEnumerator(_stop.Token);
    }

    /// <summary>There will never be another page.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>
    /// The next page; null if the enumeration broke off, or has ended: then nothing more may be asked. Throws <see cref="LogException"/> for what another one would not mend.
    /// </summary>
    public async ValueTask<ReadPage?> NextAsync()
    {
        try
        {
            if (await _watch.AnswerAsync(this, static source => new ValueTask<bool>(source._next = source._pages.MoveNextAsync().AsTask()), LeaderWatch.Seldom, _cancelled))
                return _pages.Current.ToReadPage();

            HasEnded = true;
            return null;
        }
        catch (EnumerationAbortedException)
        {
            return null;
        }
        catch (Exception error) when (GrainFailure.Of(error) is { } failure)
        {
            return failure.Known is null or { Retryable: true } ? null : throw failure.ForRead();
        }
    }

    /// <summary>Lets the grain forget the enumeration, and does not wait for that: the grain may be gone.</summary>
    public ValueTask DisposeAsync()
    {
        _ = LeaveAsync();
        return ValueTask.CompletedTask;
    }

    private async Task LeaveAsync()
    {
        await _stop.CancelAsync();
        await ((Task)_next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        await _pages.DisposeAsync().AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _stop.Dispose();
    }
}
