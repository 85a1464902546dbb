using Orleans.Log.Clustering.Hosts;
using Orleans.Log.ServiceDefaults;

namespace Orleans.Log.Api.Settings;

/// <summary>Reads the configuration: what holds where nothing is said, <c>appsettings.json</c>, the environment, the command line; each counts before the one before it.</summary>
internal static class ApiConfiguration
{
    /// <summary>All of it. Throws <see cref="SettingException"/>.</summary>
    public static IConfigurationRoot Read(string[] args)
    {
        var defaults = ClusterConfiguration.Defaults(Sources(new ConfigurationBuilder(), args).Build());
        var configuration = Sources(new ConfigurationBuilder().AddInMemoryCollection(defaults), args).Build();
        ClusterConfiguration.RequireName(configuration);
        return configuration;
    }

    private static IConfigurationBuilder Sources(IConfigurationBuilder builder, string[] args) => builder
        .AddJsonFile(Path.GetFullPath("appsettings.json"), optional: true)
        .AddEnvironmentVariables()
        .AddCommandLine(args);
}
