using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Metadata;
using Orleans.Log.Grains;
using Orleans.Log.Grains.Homes;
using Orleans.Log.Grains.Setup;
using Orleans.Log.Grains.Nodes;
using Orleans.Log.Grains.Placement;
using Orleans.Log.Grains.Leading;
using Orleans.Runtime;
using Orleans.Runtime.Hosting;

namespace Orleans.Hosting;

/// <summary>Gives a silo its part of the log.</summary>
public static class OrleansLogSiloBuilderExtensions
{
    /// <summary>
    /// The silo holds streams: it gets a node with the data directory that <paramref name="configure"/> names, recovered before it joins the cluster. The host registers the cluster's <see cref="IBlobStore"/>; streams and the cluster's metadata are in
    /// there, unless another <see cref="IMetadataStore"/> is registered.
    /// </summary>
    public static ISiloBuilder AddOrleansLog(this ISiloBuilder builder, Action<OrleansLogOptions> configure)
    {
        var services = builder.Services;
        services.Configure(configure);
        services.AddSingleton<IConfigurationValidator, OrleansLogOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IMetadataStore>(static provider => new BlobMetadataStore(
            provider.GetRequiredService<IBlobStore>(),
            new BlobMetadataStoreOptions { Cluster = provider.GetRequiredService<IOptions<ClusterOptions>>().Value.ClusterId, Time = provider.GetRequiredService<TimeProvider>() }));

        services.AddSingleton<StreamDirectory>();
        services.AddSingleton<NodeRegistry>();
        services.AddSingleton<NodeMap>();
        services.AddSingleton<NodeRegistration>();
        services.AddSingleton<NodeTakeover>();
        services.AddSingleton<StreamTenure>();
        services.AddSingleton<ClusterReport>();
        services.AddSingleton(static provider => new NodePresence(provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<IOptions<OrleansLogOptions>>().Value.StandstillAfter));
        services.AddSingleton<LogNodeService>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(static provider => provider.GetRequiredService<LogNodeService>());
        services.AddSingleton(static provider => new LogNodeProbe(provider.GetRequiredService<LogNodeService>()));
        services.AddSingleton<LogNodeClient>();
        builder.AddGrainService<LogNodeGrainService>();
        builder.AddPlacementDirector<ReplicaPlacement, ReplicaPlacementDirector>();
        return builder.AddGrainDirectory(
            StreamGrainDirectory.Name, static (provider, _) => new StreamGrainDirectory(provider.GetRequiredService<StreamDirectory>(), provider.GetRequiredService<NodeMap>()));
    }
}
