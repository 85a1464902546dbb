using Orleans.Log.Grains.Calling;
using Orleans.Log.Grains.Wire;
using Orleans.Runtime;

namespace Orleans.Log.Grains.Following;

/// <summary>One enumeration of a grain, which lasts as long as the grain does.</summary>
internal sealed class PageSource(ILogStreamGrain grain, StreamId stream, ReadRequest request, CancellationToken cancellationToken) : IAsyncDisposable
{
    // One page a message: Orleans would put into it whatever is ready, a hundred pages of a mebibyte each.
    private readonly IAsyncEnumerator<PageOfRecords> _pages =
        grain.FollowAsync(stream, request, cancellationToken).WithBatchSize(1).GetAsyncEnumerator(cancellationToken);

    /// <summary>There will never be another page.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>The next page; null if the enumeration broke off, or has ended. Throws <see cref="LogException"/> for what another one would not mend.</summary>
    public async ValueTask<ReadPage?> NextAsync()
    {
        try
        {
            if (await _pages.MoveNextAsync())
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

    /// <summary>Lets the grain forget the enumeration.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _pages.DisposeAsync();
        }
        catch (Exception error) when (error is EnumerationAbortedException || GrainFailure.Of(error) is not null)
        {
            // The grain is gone, and the enumeration with it.
        }
    }
}
