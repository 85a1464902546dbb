using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Log.Clustering.Membership;
using Orleans.Messaging;

namespace Orleans.Hosting;

/// <summary>Clustering without another service: members and gateways in a folder or a blob store. The provider's name in configuration is OrleansLog.</summary>
public static class OrleansLogClusteringBuilderExtensions
{
    /// <summary>The silo joins the cluster whose members are kept where <paramref name="configure"/> says.</summary>
    public static ISiloBuilder UseOrleansLogClustering(this ISiloBuilder builder, Action<OrleansLogClusteringOptions> configure)
    {
        builder.Services.AddClusteringStore(configure).AddSingleton<IMembershipTable, OrleansLogMembershipTable>();
        return builder;
    }

    /// <summary>The client finds the silos of the cluster whose members are kept where <paramref name="configure"/> says.</summary>
    public static IClientBuilder UseOrleansLogClustering(this IClientBuilder builder, Action<OrleansLogClusteringOptions> configure)
    {
        builder.Services.AddClusteringStore(configure).AddSingleton<IGatewayListProvider, OrleansLogGatewayListProvider>();
        return builder;
    }

    private static IServiceCollection AddClusteringStore(this IServiceCollection services, Action<OrleansLogClusteringOptions> configure)
    {
        services.Configure(configure);
        services.TryAddSingleton<ClusteringStore>();
        return services.AddSingleton<IConfigurationValidator, OrleansLogClusteringOptionsValidator>();
    }
}
