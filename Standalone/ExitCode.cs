using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Orleans.Log.Api.Server.Settings;
using Orleans.Log.Engine;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Standalone;

/// <summary>
/// Why the process ended, for scripts and service managers (docs/OPERATIONS.md lists them; never renumber). A WAL that fails while serving
/// ends the process by abort, which is 134 in a shell: no code of ours, because nothing may run after it.
/// </summary>
internal static class ExitCode
{
    /// <summary>Shut down as asked.</summary>
    public const int Ok = 0;

    /// <summary>A defect: the stack trace is on standard error.</summary>
    public const int Defect = 1;

    /// <summary>An option is wrong.</summary>
    public const int Usage = 2;

    /// <summary>Another process has the data directory open.</summary>
    public const int InUse = 3;

    /// <summary>A newer version wrote the data directory.</summary>
    public const int NewerVersion = 4;

    /// <summary>The data directory is damaged in a way that only a person may decide about, or is not one.</summary>
    public const int Refused = 5;

    /// <summary>The disk is full, read-only, failing or closed to this user.</summary>
    public const int Disk = 6;

    /// <summary>The address cannot be listened on.</summary>
    public const int Address = 7;

    /// <summary>The blob store and the data directory do not belong together, or the store is damaged or closed to this user.</summary>
    public const int Store = 8;

    /// <summary>The blob store cannot be reached, and the start cannot do without it. Worth trying again.</summary>
    public const int StoreUnavailable = 9;

    /// <summary>There are streams to restore and the start was not told to, or it was told to and there are none.</summary>
    public const int NeedsRestore = 10;

    public const string Summary = "0 stopped as asked, 1 defect, 2 wrong option, 3 directory in use, 4 newer version, 5 directory refused, 6 disk, 7 address, 8 blob store refused, 9 blob store away, 10 restore needed; see docs/OPERATIONS.md.";

    /// <summary>The code for scripts and the one line for people; of what nobody foresaw, everything that is known.</summary>
    public static (int Code, string Message) Of(Exception error) => error switch
    {
        SettingException => (Usage, error.Message),
        DataDirectoryException { Problem: DataDirectoryProblem.InUse } => (InUse, error.Message),
        DataDirectoryException { Problem: DataDirectoryProblem.NewerVersion } => (NewerVersion, error.Message),
        DataDirectoryException => (Refused, error.Message),
        StoreRefusedException { Problem: StoreProblem.NewerVersion } => (NewerVersion, error.Message),
        StoreRefusedException { Problem: StoreProblem.Unreachable } => (StoreUnavailable, error.Message),
        StoreRefusedException { Problem: StoreProblem.NeedsRestore or StoreProblem.RestoreUnfinished or StoreProblem.NothingToRestore or StoreProblem.Ambiguous } =>
            (NeedsRestore, error.Message),
        StoreRefusedException => (Store, error.Message),
        BlobStoreException { Retryable: true } => (StoreUnavailable, error.Message),
        BlobStoreException => (Store, error.Message),
        DiskException { Failure: DiskFailure.Locked } => (InUse, error.Message),
        DiskException => (Disk, error.Message),
        UnauthorizedAccessException => (Disk, error.Message),
        AddressInUseException => (Address, error.Message),
        SocketException => (Address, $"The address cannot be listened on: {error.Message}"),
        IOException { InnerException: AddressInUseException or SocketException } => (Address, error.Message),
        _ => (Defect, error.ToString()),
    };
}
