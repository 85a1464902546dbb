using Orleans.Log.Engine;
using Orleans.Log.ServiceDefaults;
using Orleans.Runtime;

namespace Orleans.Log.Clustering.Hosts;

/// <summary>Exit codes of the hosts of a cluster that could not start (docs/OPERATIONS.md lists all; never renumber).</summary>
public static class ClusterExit
{
    /// <summary>The code of what such a host can end for besides any service; null for anything else.</summary>
    public static int? CodeOf(Exception error) => error switch
    {
        OrleansConfigurationException => ProcessExit.Usage,

        // What Orleans has for the name of a provider that it does not know.
        InvalidOperationException when error.Message.StartsWith("Could not find ", StringComparison.Ordinal) && error.Message.Contains(" provider named ", StringComparison.Ordinal) => ProcessExit.Usage,
        _ => NodeExit.CodeOf(error),
    };
}
