using Microsoft.Extensions.Configuration;
using Orleans.Hosting;
using Orleans.Log.Clustering.Membership;
using Orleans.Providers;

[assembly: RegisterProvider("OrleansLog", "Clustering", "Silo", typeof(OrleansLogClusteringProviderBuilder))]
[assembly: RegisterProvider("OrleansLog", "Clustering", "Client", typeof(OrleansLogClusteringProviderBuilder))]

namespace Orleans.Log.Clustering.Membership;

/// <summary>Reads Orleans:Clustering where its ProviderType is OrleansLog.</summary>
internal sealed class OrleansLogClusteringProviderBuilder : IProviderBuilder<ISiloBuilder>, IProviderBuilder<IClientBuilder>
{
    /// <inheritdoc/>
    public void Configure(ISiloBuilder builder, string? name, IConfigurationSection configurationSection) =>
        builder.UseOrleansLogClustering(options => Read(configurationSection, options));

    /// <inheritdoc/>
    public void Configure(IClientBuilder builder, string? name, IConfigurationSection configurationSection) =>
        builder.UseOrleansLogClustering(options => Read(configurationSection, options));

    private static void Read(IConfigurationSection section, OrleansLogClusteringOptions options) =>
        (options.Folder, options.ServiceKey) = (section[nameof(options.Folder)], section[nameof(options.ServiceKey)]);
}
