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
    /// exactly behind the last one. The next page is asked for when the caller asks, so a slow caller costs nothing. Nothing older than a start
    /// by time is given, also if that time is yet to come.
    /// <para>It ends by itself only when the stream is sealed and read to its end. It fails with <c>trimmed</c> (with the head) when the next
    /// record is gone, with <c>stream_not_found</c> when the stream is deleted, with <see cref="LogClientErrors.StreamReplaced"/> when another one
    /// stands under its name; with <c>unreachable</c> only if no server was ever reached.</para>
    /// </summary>
    /// <param name="stream">Its name.</param>
    /// <param name="start">Where to begin.</param>
    /// <param name="options">Bounds of each page, and whether to continue at the head where records were trimmed. Wait and Until are not for followers.</param>
    /// <param name="cancellationToken">Ends it with <see cref="OperationCanceledException"/>.</param>
    public async IAsyncEnumerable<RecordPage> FollowPagesAsync(
        string stream,
        ReadStart start,
        ReadOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var bounds = (options ?? ReadOptions.Default) with { Wait = FollowWait, Until = null };
        RecordPage? page = null;
        while (true)
        {
            page = await NextPageAsync(stream, start, bounds, page, cancellationToken);
            if (page.Records.Count > 0)
                yield return page;
            if (page.Sealed && page.Next >= page.Tail)
                yield break;

            // A start by time stays one until its first record has come; the tail of this moment would let older ones through.
            if (page.Records.Count > 0 || !start.IsTime)
                start = ReadStart.AtLsn(page.Next);

            bounds = bounds with { StreamId = page.StreamId ?? bounds.StreamId };
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
                var page = await ReadPageAsync(stream, start, options, cancellationToken);
                if (before is not null)
                    Check(page, before, mayPassOver: start.IsTime || options.Clamp);

                return page;
            }
            catch (LogClientException e) when (e.Retryable && (before is not null || e.Code != LogClientErrors.Unreachable))
            {
                asked = e.Details.RetryAfter;
            }

            await _backoff.WaitAsync(failures, asked, cancellationToken);
        }
    }

    /// <summary>
    /// Fails unless the page continues the one before: same stream, nothing repeated, and nothing passed over but, where that was asked for,
    /// records that are too old or trimmed.
    /// </summary>
    private static void Check(RecordPage page, RecordPage before, bool mayPassOver)
    {
        // An older server sends no identity; a tail that went backwards gives it away as well, if late.
        if ((page.StreamId ?? before.StreamId) != before.StreamId || page.Tail < before.Next)
            throw Replaced();

        var begin = page.Records.Count > 0 ? page.Records[0].Lsn : page.Next;
        if (begin < before.Next || (begin > before.Next && !mayPassOver))
            throw new LogClientException(WireErrors.Internal, $"The server answered a read from {before.Next} with records from {begin}.");
    }
}
