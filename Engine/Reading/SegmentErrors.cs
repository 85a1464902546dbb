using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Reading;

/// <summary>What readers are told when segments cannot be read.</summary>
internal static class SegmentErrors
{
    /// <summary>Records that are in no segment although they were offloaded.</summary>
    public static LogException Nowhere(long lsn, in SegmentHit hit) => hit.Kind == SegmentHitKind.Lost
        ? new LogException(LogErrorCode.Corrupt, $"Records {lsn} to {hit.Lost.To - 1} are in no segment.", new LogErrorFacts(Reason: "missing"))
        : new LogException(LogErrorCode.Corrupt, $"Record {lsn} was offloaded and cannot be found.", new LogErrorFacts(Reason: "missing"));

    /// <summary>Records of a run that does not verify.</summary>
    public static LogException Damaged(long from, long end, in SegmentRef run, Exception cause) => new(
        LogErrorCode.Corrupt, $"Records {from} to {end - 1} are damaged in segment {run.Blob}: {cause.Message}", new LogErrorFacts(Reason: "damaged"), cause);

    /// <summary>
    /// Is something not where it was named? A blob may be gone because what named it was replaced meanwhile: then its place is not the right one any longer. A snapshot or section is missed by who
    /// reads its pack, for whom that is damage.
    /// </summary>
    public static bool IsMissing(Exception error) => (error is StoreFormatException ? error.InnerException : error) is BlobStoreException { Kind: BlobStoreErrorKind.NotFound };

    /// <summary>Is it a failure on the way, which <see cref="Translate"/> gives a meaning? Refusals have theirs already, and what the caller cancelled is the caller's own.</summary>
    public static bool IsOnTheWay(Exception error, CancellationToken cancellationToken) =>
        error is BlobStoreException or StoreFormatException || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    /// <summary>What a failure on the way means.</summary>
    public static LogException Translate(Exception error) => error switch
    {
        _ when IsMissing(error) => new LogException(
            LogErrorCode.Corrupt, $"What the root names is not in the store: {error.Message}", new LogErrorFacts(Reason: "missing"), error),
        BlobStoreException { Kind: BlobStoreErrorKind.Damaged } or StoreFormatException => new LogException(
            LogErrorCode.Corrupt, $"What the store has is damaged: {error.Message}", new LogErrorFacts(Reason: "damaged"), error),
        BlobStoreException => new LogException(
            LogErrorCode.StoreUnavailable, $"The blob store does not answer: {error.Message}", new LogErrorFacts(Reason: "away"), error),
        _ => new LogException(LogErrorCode.Draining, "The node is shutting down.", new LogErrorFacts(Reason: "draining"), error),
    };
}
