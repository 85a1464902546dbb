using Orleans.Log.Engine.Metadata;
using Orleans.Log.ServiceDefaults;

namespace Orleans.Log.Api.Settings;

/// <summary>Reads the configuration: what holds where nothing is said, <c>appsettings.json</c>, the environment, the command line; each counts before the one before it.</summary>
internal static class ApiConfiguration
{
    private const string Cluster = "Orleans:ClusterId";
    private const string Provider = "Orleans:Clustering:ProviderType";

    /// <summary>All of it. Throws <see cref="SettingException"/>.</summary>
    public static IConfigurationRoot Read(string[] args)
    {
        var said = Sources(new ConfigurationBuilder(), args).Build();
        var defaults = new Dictionary<string, string?>
        {
            [Cluster] = "orleans-log",
            ["Orleans:ServiceId"] = "orleans-log",
            [Provider] = GatewayBlobs.Provider,
        };
        if (said[Provider] is null or GatewayBlobs.Provider && said["Orleans:Clustering:Folder"] is null)
            defaults["Orleans:Clustering:ServiceKey"] = GatewayBlobs.Key;

        var configuration = Sources(new ConfigurationBuilder().AddInMemoryCollection(defaults), args).Build();
        return BlobMetadataStoreOptions.IsClusterName(configuration[Cluster])
            ? configuration
            : throw new SettingException($"{Cluster} is '{configuration[Cluster]}'; it has 1 to {BlobMetadataStoreOptions.MaxClusterLength} characters of [A-Za-z0-9._-].");
    }

    private static IConfigurationBuilder Sources(IConfigurationBuilder builder, string[] args) => builder
        .AddJsonFile(Path.GetFullPath("appsettings.json"), optional: true)
        .AddEnvironmentVariables()
        .AddCommandLine(args);
}
