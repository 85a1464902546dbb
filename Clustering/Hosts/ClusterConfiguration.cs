using Microsoft.Extensions.Configuration;
using Orleans.Log.Engine.Metadata;
using Orleans.Log.ServiceDefaults;

namespace Orleans.Log.Clustering.Hosts;

/// <summary>What every host of a cluster takes where nothing is said, in Orleans' own names: which cluster, and where its members are found.</summary>
public static class ClusterConfiguration
{
    private const string Cluster = "Orleans:ClusterId";
    private const string ProviderType = "Orleans:Clustering:ProviderType";

    /// <summary>The provider that keeps members in the blob store.</summary>
    private const string Provider = "OrleansLog";

    /// <summary>The defaults; the configuration decides whether the members are in the blob store.</summary>
    public static Dictionary<string, string?> Defaults(IConfiguration said)
    {
        var defaults = new Dictionary<string, string?>
        {
            [Cluster] = "orleans-log",
            ["Orleans:ServiceId"] = "orleans-log",
            [ProviderType] = Provider,
        };
        if (said[ProviderType] is null or Provider && said["Orleans:Clustering:Folder"] is null)
            defaults["Orleans:Clustering:ServiceKey"] = ClusterBlobs.Key;

        return defaults;
    }

    /// <summary>Throws <see cref="SettingException"/> if the cluster has a name that the metadata cannot have.</summary>
    public static void RequireName(IConfiguration configuration)
    {
        if (!BlobMetadataStoreOptions.IsClusterName(configuration[Cluster]))
            throw new SettingException($"{Cluster} is '{configuration[Cluster]}'; it has 1 to {BlobMetadataStoreOptions.MaxClusterLength} characters of [A-Za-z0-9._-].");
    }
}
