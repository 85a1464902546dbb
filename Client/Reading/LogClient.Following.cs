using System.Runtime.CompilerServices;
using Orleans.Log.Api.Contracts;

namespace Orleans.Log.Client;

// Following is reading with patience: one request per page, each waiting at the server for the tail to move. Chosen over the event
// stream because a page of frames is taken apart in place, without base64 and JSON; because nothing is sent that was not asked for,
// so a slow follower holds no buffer anywhere; and because every request names its LSN, so resuming is the ordinary case. Its price
// is one round trip a page, which a follower that lags spreads over pages of up to 1 MiB.
public sealed partial class LogClient
{
    private static readonly TimeSpan FollowWait = TimeSpan.FromSeconds(WireLimits.ReadWaitSeconds);

    /// <summary>
    /// Follows the stream page by page: everything from the start on, then what is appended, as soon as it is committed. Lost
    /// connections and restarts of the server are ridden out with growing pauses, for as long as they last; the next page always begins
    /// exactly behind the last one. The next page is asked for when the caller asks, so a slow caller costs nothing.
    /// <para>It ends by itself only when the stream is sealed and read to its end. It fails with <c>trimmed</c> (with the head) when the next
    /// record is gone, with <c>stream_not_found</c> when the stream is deleted, with <see cref="LogClientErrors.StreamReplaced"/> when another one
    /// stands under its name; with <c>unreachable</c> only if no server was ever reached.</para>
    /// </summary>
    /// <param name="stream">Its name.</param>
    /// <param name="start">Where to begin.</param>
    /// <param name="options">Bounds of each page, and whether to clamp the start. Wait and Until are not for followers.</param>
    /// <param name="cancellationToken">Ends it with <see cref="OperationCanceledException"/>.</param>
    public async IAsyncEnumerable<RecordPage> FollowPagesAsync(
        string stream,
        ReadStart start,
        ReadOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var first = (options ?? ReadOptions.Default) with { Wait = FollowWait, Until = null };
        var page = await NextPageAsync(stream, start, first, before: null, cancellationToken);
        var rest = first with { Clamp = false };
        while (true)
        {
            if (page.Records.Count > 0)
                yield return page;
            if (page.Sealed && page.Next >= page.Tail)
                yield break;

            page = await NextPageAsync(stream, ReadStart.AtLsn(page.Next), rest, page, cancellationToken);
        }
    }

    /// <summary>Follows the stream record by record; see <see cref="FollowPagesAsync"/>.</summary>
    public async IAsyncEnumerable<StoredRecord> FollowAsync(
        string stream,
        ReadStart start,
        ReadOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var page in FollowPagesAsync(stream, start, options, cancellationToken))
        {
            foreach (var record in page.Records)
                yield return record;
        }
    }

    private async Task<RecordPage> NextPageAsync(
        string stream,
        ReadStart start,
        ReadOptions options,
        RecordPage? before,
        CancellationToken cancellationToken)
    {
        for (var failures = 0; ; failures++)
        {
            TimeSpan? asked;
            try
            {
                return Checked(await ReadPageAsync(stream, start, options, cancellationToken), before);
            }
            catch (LogClientException e) when (e.Retryable && (before is not null || e.Code != LogClientErrors.Unreachable))
            {
                asked = e.Details.RetryAfter;
            }

            await _backoff.WaitAsync(failures, asked, cancellationToken);
        }
    }

    /// <summary>The page continues the one before: same stream, nothing skipped, nothing repeated.</summary>
    private static RecordPage Checked(RecordPage page, RecordPage? before)
    {
        if (before is null)
            return page;

        // An older server tells no identity; a tail that went backwards gives it away as well, if late.
        if ((page.StreamId ?? before.StreamId) != before.StreamId || page.Tail < before.Next)
            throw new LogClientException(LogClientErrors.StreamReplaced, "The stream is gone; another one stands under its name.");

        var begin = page.Records.Count > 0 ? page.Records[0].Lsn : page.Next;
        return begin == before.Next
            ? page
            : throw new LogClientException(WireErrors.Internal, $"The server answered a read from {before.Next} with records from {begin}.");
    }
}
