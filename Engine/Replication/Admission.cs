using System.Diagnostics;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Replication;

/// <summary>What a refusal of the WAL means for the caller. All of them are given before anything happened.</summary>
internal static class Admission
{
    /// <summary>The refusal, or null.</summary>
    public static LogException? Refusal(WalAdmission admission) => admission switch
    {
        WalAdmission.Admitted => null,
        WalAdmission.Overloaded => new LogException(
            LogErrorCode.Overloaded, "The node has as many bytes in flight as it may.", new LogErrorFacts(Reason: "in_flight_bytes")),
        WalAdmission.Full => new LogException(
            LogErrorCode.ReadOnlyDiskFull, "The disk or its budget is full. Reads work, and so do trims and deletions that let the oldest data go.", new LogErrorFacts(Reason: "disk_full")),
        WalAdmission.Stopped => Stopped(),
        _ => throw new UnreachableException(),
    };

    /// <summary>Throws unless it was admitted.</summary>
    public static void ThrowIfRefused(WalAdmission admission)
    {
        if (Refusal(admission) is { } refusal)
            throw refusal;
    }

    /// <summary>The refusal of a WAL that takes nothing any longer.</summary>
    public static LogException Stopped() =>
        new(LogErrorCode.Draining, "The node has stopped.", new LogErrorFacts(Reason: "stopped"));
}
