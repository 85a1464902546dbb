using Orleans.Log.Api.Server;
using Orleans.Log.Api.Server.Settings;
using Orleans.Log.AzureStorage;
using Orleans.Log.ServiceDefaults;

namespace Orleans.Log.Api.Settings;

/// <summary>The section OrleansLog of the configuration: what the front is told of its web server, and where the cluster is found. What it is told of Orleans is in the section Orleans, by Orleans' own names.</summary>
internal sealed class ApiSettings
{
    private const string Section = "OrleansLog";
    private const string BlobsSection = "Blobs";

    /// <summary>The web server.</summary>
    public ServerOptions Server { get; } = new();

    /// <summary>The cluster's blob store, in which its silos are found.</summary>
    public BlobStoreLocation Blobs { get; } = new();

    /// <summary>The settings; throws <see cref="SettingException"/>, also for a name that means nothing, because a mistyped one would otherwise be ignored in silence.</summary>
    public static ApiSettings Of(IConfiguration configuration)
    {
        var settings = new ApiSettings();
        var known = ServerSettings.All.ToDictionary(static setting => setting.JsonName, StringComparer.OrdinalIgnoreCase);
        foreach (var section in configuration.GetSection(Section).GetChildren())
        {
            if (section.Key.Equals(BlobsSection, StringComparison.OrdinalIgnoreCase))
                section.Bind(settings.Blobs, static binder => binder.ErrorOnUnknownConfiguration = true);
            else if (known.TryGetValue(section.Key, out var setting) && section.Value is { } value)
                Apply(settings.Server, setting, value);
            else
                throw new SettingException($"{Section}:{section.Key} is no setting of the front. There are: {string.Join(", ", known.Keys)}, {BlobsSection}.");
        }

        settings.Server.Validate($"{Section}:AllowInsecure=true");
        try
        {
            settings.Blobs.Validate();
        }
        catch (ArgumentException error)
        {
            throw new SettingException($"{Section}:{BlobsSection}: {error.Message}");
        }

        return settings;
    }

    private static void Apply(ServerOptions options, Setting<ServerOptions> setting, string value)
    {
        try
        {
            setting.Apply(options, value);
        }
        catch (FormatException error)
        {
            throw new SettingException($"{Section}:{setting.JsonName} is '{value}': {error.Message}");
        }
    }
}
