using Orleans.Log.Engine;
using Orleans.Log.ServiceDefaults;
using Orleans.Runtime.MembershipService;
using Orleans.Runtime;

namespace Orleans.Log.Silo;

/// <summary>Exit codes of a silo that could not start or join (docs/OPERATIONS.md lists all; never renumber).</summary>
internal static class SiloExit
{
    /// <summary>The cluster cannot be joined: its members cannot be told or do not answer. Worth trying again.</summary>
    public const int NotJoined = 11;

    /// <summary>The code of what a silo can end for besides any service; null for anything else.</summary>
    public static int? CodeOf(Exception error) => error switch
    {
        OrleansConfigurationException => ProcessExit.Usage,

        // What Orleans has for the name of a provider that it does not know.
        InvalidOperationException when error.Message.StartsWith("Could not find ", StringComparison.Ordinal) && error.Message.Contains(" provider named ", StringComparison.Ordinal) => ProcessExit.Usage,
        OrleansClusterConnectivityCheckFailedException or OrleansMissingMembershipEntryException => NotJoined,
        _ => NodeExit.CodeOf(error),
    };
}
