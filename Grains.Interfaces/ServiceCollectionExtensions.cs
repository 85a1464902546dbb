using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Log;
using Orleans.Log.Client;
using Orleans.Log.Grains;

namespace Microsoft.Extensions.Hosting;

/// <summary>Puts the log of a cluster into a host that is one of its clients, or one of its silos.</summary>
public static class OrleansLogClusterExtensions
{
    /// <summary>
    /// Registers <see cref="ClusterLogService"/>, which is the host's <see cref="ILogService"/> and <see cref="IAppenderSource"/>, and <see cref="IClusterView"/>, over the host's <see cref="IGrainFactory"/>. The host may
    /// register a <see cref="TimeProvider"/>.
    /// </summary>
    public static IServiceCollection AddOrleansLogCluster(this IServiceCollection services, Action<ClusterLogOptions>? configure = null)
    {
        var options = new ClusterLogOptions();
        configure?.Invoke(options);
        options.Validate();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new ClusterLogService(provider.GetRequiredService<IGrainFactory>(), options, provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<ILogService>(static provider => provider.GetRequiredService<ClusterLogService>());
        services.TryAddSingleton<IAppenderSource>(static provider => provider.GetRequiredService<ClusterLogService>());
        services.TryAddSingleton<IClusterView>(provider => new ClusterView(provider.GetRequiredService<IGrainFactory>(), options, provider.GetRequiredService<TimeProvider>()));
        return services;
    }
}
