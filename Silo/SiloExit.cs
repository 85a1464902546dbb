using Orleans.Log.Clustering.Hosts;
using Orleans.Runtime.MembershipService;

namespace Orleans.Log.Silo;

/// <summary>Exit codes of a silo that could not start or join (docs/OPERATIONS.md lists all; never renumber).</summary>
internal static class SiloExit
{
    /// <summary>The cluster cannot be joined: its members cannot be told or do not answer. Worth trying again.</summary>
    public const int NotJoined = 11;

    /// <summary>The code of what a silo can end for besides any service; null for anything else.</summary>
    public static int? CodeOf(Exception error) => error switch
    {
        OrleansClusterConnectivityCheckFailedException or OrleansMissingMembershipEntryException => NotJoined,
        _ => ClusterExit.CodeOf(error),
    };
}
