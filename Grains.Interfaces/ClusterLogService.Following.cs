using System.Runtime.CompilerServices;
using Orleans.Log.Grains.Following;

namespace Orleans.Log.Grains;

// Readers that live longer than the grains they read from.
public sealed partial class ClusterLogService
{
    /// <summary>
    /// Follows a stream: every page from the start of the request on, then each new one as soon as it is committed. Each page is asked for when the caller asks for it, so a slow caller holds no buffer. A grain that
    /// moves, rests or is lost with its silo is noticed within seconds and ridden out with growing pauses, for as long as that lasts: the next page always begins exactly behind the last one.
    /// <para>Nothing older than a start by time is given, also if that time is yet to come. With <see cref="ReadRequest.Clamp"/> it continues at the head where the next record has been trimmed.</para>
    /// <para>It ends by itself when the stream is sealed and read to its end, or when the next record is not older than <see cref="ReadRequest.Until"/> or that time has passed. It fails with a <see cref="LogException"/>:
    /// <see cref="LogErrorCode.Trimmed"/> when the next record is gone, <see cref="LogErrorCode.StreamNotFound"/> when the stream is deleted, also if another one has its name by then, and
    /// <see cref="LogErrorCode.Unavailable"/> only if it could not begin.</para>
    /// </summary>
    /// <param name="name">The stream.</param>
    /// <param name="request">Where to begin, and bounds of each page. Its wait does not count: a follower waits as long as it takes.</param>
    /// <param name="cancellationToken">Ends it with <see cref="OperationCanceledException"/>.</param>
    public async IAsyncEnumerable<ReadPage> FollowAsync(StreamName name, ReadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var grain = GrainOf(name);
        var opened = await DescribeAsync(grain, cancellationToken);
        var stream = opened.Id;
        request = request with { Wait = TimeSpan.Zero };
        if (request is not { Origin: ReadOrigin.Lsn, Clamp: false })
        {
            // A start by count, by time or by what is nearest means the stream as it is now; asked again later it would mean another place.
            var first = await FirstAsync(grain, stream, request, cancellationToken);
            if (!first.Records.IsEmpty)
                yield return first;
            if ((first.Sealed && first.Next >= first.Tail) || (first.Records.IsEmpty && first.Next < first.Tail))
                yield break;

            // A time that no record has reached yet is no place in the stream.
            if (!first.Records.IsEmpty || request.Origin != ReadOrigin.Timestamp)
                request = request with { Origin = ReadOrigin.Lsn, Start = first.Next };
        }

        var watch = Watch(grain, opened);
        for (var failures = 0; ; failures++)
        {
            await using var pages = new PageSource(grain, stream, request, watch, cancellationToken);
            while (await pages.NextAsync() is { } page)
            {
                failures = 0;
                yield return page;
                request = request with { Origin = ReadOrigin.Lsn, Start = page.Next };
            }

            if (pages.HasEnded)
                yield break;

            await _backoff.WaitAsync(failures, asked: null, cancellationToken);
        }
    }

    private async ValueTask<ReadPage> FirstAsync(ILogStreamGrain grain, StreamId stream, ReadRequest request, CancellationToken cancellationToken)
    {
        var page = await _caller.ReadAsync(
            (grain, stream, request), static (call, cancellationToken) => call.grain.ReadAsync(call.stream, call.request, cancellationToken), cancellationToken);
        return page.ToReadPage();
    }
}
