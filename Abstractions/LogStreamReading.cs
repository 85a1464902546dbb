using System.Runtime.CompilerServices;

namespace Orleans.Log;

/// <summary>Ways of reading that need nothing but <see cref="ILogStream.ReadAsync"/>.</summary>
public static class LogStreamReading
{
    /// <summary>
    /// Follows the stream: every page from the start on, then each new one as soon as it is committed, until the stream is sealed and
    /// read to its end, the next record is not older than <see cref="ReadRequest.Until"/>, or the caller stops. Holds no buffer between pages, so a slow follower costs nothing. Each page is
    /// disposed when the next one is asked for.
    /// </summary>
    public static async IAsyncEnumerable<ReadPage> FollowAsync(
        this ILogStream stream,
        ReadRequest request,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        request = request with { Wait = Limits.ReadWait };
        while (true)
        {
            using var page = await stream.ReadAsync(request, cancellationToken);
            var next = page.Next;

            // A page without a record below the tail has met its time bound, and so would every later one.
            var ended = (page.Sealed && next >= page.Tail) || (page.Records.IsEmpty && next < page.Tail);
            if (!page.Records.IsEmpty)
                yield return page;

            if (ended)
                yield break;

            request = request with { Origin = ReadOrigin.Lsn, Start = next };
        }
    }
}
