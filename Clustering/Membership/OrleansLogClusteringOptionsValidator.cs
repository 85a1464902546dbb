using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Metadata;
using Orleans.Runtime;

namespace Orleans.Log.Clustering.Membership;

/// <summary>Refuses, before a silo or a client starts, clustering that could not work; names the setting.</summary>
internal sealed class OrleansLogClusteringOptionsValidator(
    IOptions<OrleansLogClusteringOptions> options, IOptions<ClusterOptions> cluster, IServiceProviderIsKeyedService services) : IConfigurationValidator
{
    private const string Section = "Orleans:Clustering";

    /// <inheritdoc/>
    public void ValidateConfiguration()
    {
        var (folder, key) = (options.Value.Folder, options.Value.ServiceKey);
        if (string.IsNullOrWhiteSpace(folder) == string.IsNullOrWhiteSpace(key))
        {
            throw new OrleansConfigurationException(
                $"Clustering by OrleansLog needs exactly one of {Section}:{nameof(OrleansLogClusteringOptions.Folder)} (a folder that all silos and clients reach) and "
                + $"{Section}:{nameof(OrleansLogClusteringOptions.ServiceKey)} (of a blob store of the host).");
        }

        if (!string.IsNullOrWhiteSpace(key) && !services.IsKeyedService(typeof(IBlobStore), key))
            throw new OrleansConfigurationException($"{Section}:{nameof(OrleansLogClusteringOptions.ServiceKey)} is '{key}', under which the host has no blob store.");

        if (!BlobMetadataStoreOptions.IsClusterName(cluster.Value.ClusterId))
        {
            throw new OrleansConfigurationException(
                $"Orleans:{nameof(ClusterOptions.ClusterId)} is '{cluster.Value.ClusterId}'; for clustering by OrleansLog it has 1 to {BlobMetadataStoreOptions.MaxClusterLength} characters of [A-Za-z0-9._-].");
        }
    }
}
