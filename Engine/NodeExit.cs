using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine;

/// <summary>Exit codes of processes whose node could not start, for scripts and service managers (docs/OPERATIONS.md lists all; never renumber).</summary>
public static class NodeExit
{
    /// <summary>Another process has the data directory open.</summary>
    public const int InUse = 3;

    /// <summary>A newer version wrote the data directory.</summary>
    public const int NewerVersion = 4;

    /// <summary>The data directory is damaged in a way that only a person may decide about, or is not one.</summary>
    public const int Refused = 5;

    /// <summary>The disk is full, read-only, failing or closed to this user.</summary>
    public const int Disk = 6;

    /// <summary>The blob store and the data directory do not belong together, or the store is damaged or closed to this user.</summary>
    public const int Store = 8;

    /// <summary>The blob store cannot be reached, and the start cannot do without it. Worth trying again.</summary>
    public const int StoreUnavailable = 9;

    /// <summary>There are streams to restore and the start was not told to, or it was told to and there are none.</summary>
    public const int NeedsRestore = 10;

    /// <summary>The code of what kept a node from starting; null for anything else.</summary>
    public static int? CodeOf(Exception error) => error switch
    {
        DataDirectoryException { Problem: DataDirectoryProblem.InUse } => InUse,
        DataDirectoryException { Problem: DataDirectoryProblem.NewerVersion } => NewerVersion,
        DataDirectoryException => Refused,
        StoreRefusedException { Problem: StoreProblem.NewerVersion } => NewerVersion,
        StoreRefusedException { Problem: StoreProblem.Unreachable } => StoreUnavailable,
        StoreRefusedException { Problem: StoreProblem.NeedsRestore or StoreProblem.RestoreUnfinished or StoreProblem.NothingToRestore or StoreProblem.Ambiguous } => NeedsRestore,
        StoreRefusedException => Store,
        BlobStoreException { Retryable: true } => StoreUnavailable,
        BlobStoreException => Store,
        DiskException { Failure: DiskFailure.Locked } => InUse,
        DiskException => Disk,
        UnauthorizedAccessException => Disk,
        _ => null,
    };
}
