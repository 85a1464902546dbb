using Aspire.Hosting.Orleans;

namespace Orleans.Log.AppHost;

/// <summary>Clustering by the blob store that the services have anyway: the provider's name is all that there is to say.</summary>
internal sealed class OrleansLogClustering : IProviderConfiguration
{
    /// <inheritdoc/>
    public void ConfigureResource<T>(IResourceBuilder<T> resourceBuilder, string configSectionPath)
        where T : IResourceWithEnvironment =>
        resourceBuilder.WithEnvironment($"Orleans__{configSectionPath.Replace(":", "__", StringComparison.Ordinal)}__ProviderType", "OrleansLog");
}
