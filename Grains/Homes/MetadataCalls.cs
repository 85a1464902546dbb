using System.Diagnostics;
using Orleans.Log.Engine.Metadata;

namespace Orleans.Log.Grains.Homes;

/// <summary>What failures of the metadata store mean for who asked for a stream.</summary>
internal static class MetadataCalls
{
    /// <summary>Runs a call; throws <see cref="LogException"/> for every failure of the store.</summary>
    public static async Task<T> RunAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (MetadataStoreException error)
        {
            throw Meaning(error);
        }
    }

    /// <summary>Nobody is told more than is known: a change whose outcome is unknown is settled by whoever comes next and reads again.</summary>
    private static LogException Meaning(MetadataStoreException error) => error.Kind switch
    {
        MetadataErrorKind.Conflict => new LogException(LogErrorCode.Moving, "Somebody else has changed where the stream lives.", new LogErrorFacts(Reason: "metadata_conflict"), error),
        MetadataErrorKind.Unavailable => new LogException(LogErrorCode.StoreUnavailable, $"The cluster's metadata cannot be reached: {error.Message}", new LogErrorFacts(Reason: "metadata"), error),
        MetadataErrorKind.OutcomeUnknown => new LogException(LogErrorCode.OutcomeUnknown, $"The cluster's metadata may have been changed: {error.Message}", new LogErrorFacts(Reason: "metadata"), error),
        MetadataErrorKind.Refused => new LogException(LogErrorCode.Internal, $"The cluster's metadata cannot be changed: {error.Message}", new LogErrorFacts(Reason: "metadata"), error),
        MetadataErrorKind.Damaged => new LogException(LogErrorCode.Corrupt, $"The cluster's metadata is damaged: {error.Message}", new LogErrorFacts(Reason: "metadata"), error),
        _ => throw new UnreachableException(),
    };
}
