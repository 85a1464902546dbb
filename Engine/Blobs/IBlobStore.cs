using System.Buffers;

namespace Orleans.Log.Engine.Blobs;

/// <summary>
/// Named contents, written whole and read in ranges. Safe for use by any number of threads, processes and machines at once.
/// </summary>
/// <remarks>
/// <para>What an implementer owes. <b>Atomic:</b> a content is there whole or not at all, whoever dies meanwhile. <b>Strongly consistent:</b> once a call
/// has returned, every later call anywhere sees its effect, a listing too. <b>Durable:</b> an effect that a call has returned, or that another call of
/// this object has shown, outlives a crash of the machine. <b>Conditional:</b> of several writers under one condition exactly one gets through, and
/// the store must not repeat a conditional write by itself, because the second attempt would be refused for the first one's sake.</para>
/// <para>Failures are <see cref="BlobStoreException"/>, whose <see cref="BlobStoreException.OutcomeUnknown"/> says when a write may have happened
/// nevertheless. A call that is cancelled throws <see cref="OperationCanceledException"/>; a write that was cancelled may have happened. Nothing is
/// tried again in here: waiting and trying again is the caller's, who knows what the call was for.</para>
/// <para>Content and buffers belong to the caller again once the task is complete. A task may complete on any thread.</para>
/// </remarks>
public interface IBlobStore
{
    /// <summary>Creates the blob, empty content included, and returns its version; throws <see cref="BlobStoreErrorKind.Exists"/> if there is one of this name.</summary>
    ValueTask<BlobVersion> PutIfAbsentAsync(BlobName name, ReadOnlySequence<byte> content, CancellationToken cancellationToken = default);

    /// <summary>
    /// Replaces the whole content and returns the new version; throws <see cref="BlobStoreErrorKind.ConditionFailed"/> if the blob has another
    /// version than the expected one, or is not there.
    /// </summary>
    ValueTask<BlobVersion> ReplaceIfMatchAsync(BlobName name, ReadOnlySequence<byte> content, BlobVersion expected, CancellationToken cancellationToken = default);

    /// <summary>Length and version, or null if there is no such blob.</summary>
    ValueTask<BlobInfo?> HeadAsync(BlobName name, CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads from an offset (0 or more, also beyond the end) until the destination is full or the content ends. All bytes of one call are of one
    /// version; those of two calls only if both tell the same one. Throws <see cref="BlobStoreErrorKind.NotFound"/>. After a failure the destination's content is undefined.
    /// </summary>
    ValueTask<BlobRange> ReadAsync(BlobName name, long offset, Memory<byte> destination, CancellationToken cancellationToken = default);

    /// <summary>
    /// Names that begin with a prefix (see <see cref="BlobName.RequirePrefix"/>), in ordinal order, from the beginning or from where a page of the same prefix
    /// said. What is there throughout is listed exactly once; what comes or goes meanwhile may be. A page may hold fewer than <paramref name="limit"/>
    /// blobs, even none, and still name a continuation.
    /// </summary>
    /// <param name="prefix">How names begin.</param>
    /// <param name="continuation">Null, or <see cref="BlobPage.Continuation"/> of the page before.</param>
    /// <param name="limit">Most blobs on the page: 1 to <see cref="BlobPage.MaxLimit"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<BlobPage> ListAsync(string prefix, string? continuation = null, int limit = BlobPage.MaxLimit, CancellationToken cancellationToken = default);

    /// <summary>Deletes the blob, whatever its version; false if there was none.</summary>
    ValueTask<bool> DeleteAsync(BlobName name, CancellationToken cancellationToken = default);

    /// <summary>Deletes the blob; throws <see cref="BlobStoreErrorKind.ConditionFailed"/> if it has another version than the expected one, or is not there.</summary>
    ValueTask DeleteIfMatchAsync(BlobName name, BlobVersion expected, CancellationToken cancellationToken = default);
}

/// <summary>A blob without its content.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="Version">Which content.</param>
public readonly record struct BlobInfo(long Length, BlobVersion Version);

/// <summary>What was read.</summary>
/// <param name="Count">Bytes at the beginning of the destination; fewer than it takes only if the content ends there.</param>
/// <param name="Length">Bytes of the whole content.</param>
/// <param name="Version">Which content they are of.</param>
public readonly record struct BlobRange(int Count, long Length, BlobVersion Version);

/// <summary>A blob in a listing.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Length">Bytes, as the store's directory tells it; a listing verifies nothing.</param>
public readonly record struct BlobListing(BlobName Name, long Length);

/// <summary>Part of a listing.</summary>
/// <param name="Blobs">In ordinal order.</param>
/// <param name="Continuation">Where the next page begins, a text of the store's own; null if this is the last one.</param>
public sealed record BlobPage(IReadOnlyList<BlobListing> Blobs, string? Continuation)
{
    /// <summary>Most blobs on one page: what every store that is known gives at once.</summary>
    public const int MaxLimit = 5000;

    /// <summary>Throws <see cref="ArgumentException"/> for a prefix or a limit that a listing does not take.</summary>
    public static void Check(string prefix, int limit)
    {
        BlobName.RequirePrefix(prefix);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxLimit);
    }

    /// <summary>A page for a store that goes on behind a name: of one blob more than fits, the one before it becomes the continuation.</summary>
    internal static BlobPage Of(List<BlobListing> found, int limit)
    {
        if (found.Count <= limit)
            return new BlobPage(found, null);

        found.RemoveRange(limit, found.Count - limit);
        return new BlobPage(found, found[^1].Name.Value);
    }
}
