using System.Text;
using Orleans.Log.Conformance;

namespace Orleans.Log.Grains.Tests.Following;

/// <summary>A reader that follows a stream, and is asked for the texts of one page after the other.</summary>
internal sealed class Follower : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly IAsyncEnumerator<ReadPage> _pages;
    private Task _pending = Task.CompletedTask;

    public Follower(ClusterLogService log, StreamName name, ReadRequest request, CancellationToken stop = default)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _pages = log.FollowAsync(name, request, _stop.Token).GetAsyncEnumerator(_stop.Token);
    }

    public async Task<string[]> NextAsync()
    {
        var next = _pages.MoveNextAsync().AsTask();
        _pending = next;
        (await next.OrFail()).ShouldBeTrue("the stream goes on");
        return Texts(_pages.Current);
    }

    public static string[] Texts(ReadPage page) => [.. page.Records.ToArray().Select(record => Encoding.UTF8.GetString(record.Payload.Span))];

    public async ValueTask DisposeAsync()
    {
        // An enumerator is not disposed while it is asked for more.
        await _stop.CancelAsync();
        await _pending.ContinueWith(static _ => { }, TaskScheduler.Default).OrFail();
        await _pages.DisposeAsync();
        _stop.Dispose();
    }
}
