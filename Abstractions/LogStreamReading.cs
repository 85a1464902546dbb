using System.Runtime.CompilerServices;

namespace Orleans.Log;

/// <summary>Ways of reading that need nothing but <see cref="ILogStream.ReadAsync"/>.</summary>
public static class LogStreamReading
{
    /// <summary>
    /// Follows the stream: every page from the start on, then each new one as soon as it is committed, until the stream is sealed and
    /// read to its end, the next record is not older than <see cref="ReadRequest.Until"/> or that time has passed, or the caller stops.
    /// Nothing older than a start by time is given, also if that time is yet to come. With <see cref="ReadRequest.Clamp"/> it continues at the
    /// head where the next record has been trimmed. Holds no buffer between pages, so a slow follower costs nothing. Each page is
    /// disposed when the next one is asked for.
    /// </summary>
    /// <param name="stream">The stream.</param>
    /// <param name="request">Where to begin, and bounds of each page. Its wait does not count.</param>
    /// <param name="time">Says when <see cref="ReadRequest.Until"/> has passed; the system's clock if null.</param>
    /// <param name="cancellationToken">Ends it with <see cref="OperationCanceledException"/>.</param>
    public static async IAsyncEnumerable<ReadPage> FollowAsync(
        this ILogStream stream,
        ReadRequest request,
        TimeProvider? time = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var left = request.Until - (time ?? TimeProvider.System).GetUtcNow().ToUnixTimeMilliseconds() ?? long.MaxValue;
            var wait = left <= 0 ? TimeSpan.Zero : left < Limits.ReadWait.TotalMilliseconds ? TimeSpan.FromMilliseconds(left) : Limits.ReadWait;
            using var page = await ReadAsync(stream, request with { Wait = wait }, cancellationToken);
            if (page is null)
                yield break;

            // A page without a record below the tail has met its time bound, and so would every later one. Once that time has passed, nothing is waited for.
            var ended = (page.Sealed && page.Next >= page.Tail) || (page.Records.IsEmpty && (wait == TimeSpan.Zero || page.Next < page.Tail));
            var next = page.Next;
            var isEmpty = page.Records.IsEmpty;
            if (!isEmpty)
                yield return page;

            if (ended)
                yield break;

            // A start by time stays one until its first record has come; the tail of this moment would let older ones through.
            if (!isEmpty || request.Origin != ReadOrigin.Timestamp)
                request = request with { Origin = ReadOrigin.Lsn, Start = next };
        }
    }

    /// <summary>The next page; null if the time bound has passed before the stream reached the start.</summary>
    private static async ValueTask<ReadPage?> ReadAsync(ILogStream stream, ReadRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.ReadAsync(request, cancellationToken);
        }
        catch (LogException e) when (e.Code == LogErrorCode.Unwritten && request.Wait == TimeSpan.Zero)
        {
            return null;
        }
    }
}
