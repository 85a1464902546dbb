using Orleans.Log.Cli.Terminal;
using Orleans.Log.Engine;
using Orleans.Log.Engine.Blobs;

namespace Orleans.Log.Cli.Stores;

/// <summary>Exit codes of what a store refuses.</summary>
internal static class StoreExits
{
    public static ExitCode Of(StoreProblem problem) => problem switch
    {
        StoreProblem.NothingToRestore => ExitCode.NotFound,
        StoreProblem.Ambiguous => ExitCode.Usage,
        StoreProblem.NotEmpty => ExitCode.ConditionFailed,
        StoreProblem.Unreachable => ExitCode.Unavailable,
        StoreProblem.Damaged => ExitCode.Corrupt,
        _ => ExitCode.Failed,
    };

    public static ExitCode Of(BlobStoreErrorKind kind) => kind switch
    {
        BlobStoreErrorKind.Damaged => ExitCode.Corrupt,
        BlobStoreErrorKind.Unavailable or BlobStoreErrorKind.Throttled => ExitCode.Unavailable,
        BlobStoreErrorKind.NotFound => ExitCode.NotFound,
        _ => ExitCode.Failed,
    };
}
