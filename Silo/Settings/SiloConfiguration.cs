using Microsoft.Extensions.Configuration.Memory;
using Orleans.Log.Clustering.Hosts;
using Orleans.Log.ServiceDefaults;

namespace Orleans.Log.Silo.Settings;

/// <summary>
/// Reads the settings from wherever the host reads configuration (appsettings.json, environment, command line), and puts under it what holds where nothing is said. A name in the section OrleansLog
/// that means nothing is refused, because a mistyped one would otherwise be ignored in silence.
/// </summary>
internal static class SiloConfiguration
{
    private const string Section = "OrleansLog";
    private const string Name = "Orleans:Name";
    private const string SiloPort = "Orleans:Endpoints:SiloPort";
    private const string GatewayPort = "Orleans:Endpoints:GatewayPort";

    /// <summary>The settings, with paths made full; throws <see cref="SettingException"/>.</summary>
    public static SiloSettings Read(IConfigurationManager configuration)
    {
        var settings = Bind(configuration);
        RequirePort(SiloPort, configuration[SiloPort], least: 1);
        RequirePort(GatewayPort, configuration[GatewayPort], least: 0);
        AddDefaults(configuration, settings);
        ClusterConfiguration.RequireName(configuration);
        Reachability.Require(configuration, settings);

        settings.DataDirectory = Path.GetFullPath(DirectoryOf(settings, configuration[Name]!));
        try
        {
            settings.Blobs.Validate();
        }
        catch (ArgumentException error)
        {
            throw new SettingException($"{Section}:Blobs: {error.Message}");
        }

        return settings;
    }

    private static SiloSettings Bind(IConfiguration configuration)
    {
        var settings = new SiloSettings();
        try
        {
            configuration.GetSection(Section).Bind(settings, binder => binder.ErrorOnUnknownConfiguration = true);
            return settings;
        }
        catch (InvalidOperationException error)
        {
            throw new SettingException($"The section {Section} of the configuration cannot be taken. {error.Message}");
        }
    }

    /// <summary>Orleans takes a port that is no number for none that was given.</summary>
    private static void RequirePort(string name, string? value, int least)
    {
        if (value is not null && !(ushort.TryParse(value, out var port) && port >= least))
            throw new SettingException($"{name} is '{value}'; it must be a port.");
    }

    /// <summary>What holds where nothing is said: under every other source, so that any of them counts before it.</summary>
    private static void AddDefaults(IConfigurationManager configuration, SiloSettings settings)
    {
        var defaults = new Dictionary<string, string?>(ClusterConfiguration.Defaults(configuration))
        {
            [Name] = $"{Environment.MachineName}-{configuration[SiloPort] ?? "11111"}",

            // Orleans tells of every step that it takes; what it warns of is worth a line. A failed start is told once, not at each of the levels that it passes.
            ["Logging:LogLevel:Orleans"] = "Warning",
            ["Logging:LogLevel:Orleans.Log"] = "Information",
            ["Logging:LogLevel:Orleans.Log.Grains.Nodes.LogNodeGrainService"] = "Warning",
            ["Logging:LogLevel:Orleans.Runtime.Silo"] = "Critical",
            ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "None",

            // Orleans' placement retries through it: two lines for every activation, warnings for what went wrong.
            ["Logging:LogLevel:Polly"] = "Warning",
        };
        if (!settings.AllowInsecure)
            defaults[Reachability.Advertised] = Reachability.Loopback;

        configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = defaults });
    }

    private static string DirectoryOf(SiloSettings settings, string silo) => settings switch
    {
        { DataDirectory.Length: > 0, DataRoot.Length: > 0 } => throw new SettingException($"{Section}:DataDirectory and {Section}:DataRoot are both set; one of them is enough."),
        { DataDirectory: { Length: > 0 } directory } => directory,
        { DataRoot: { Length: > 0 } root } when IsFolderName(silo) => Path.Combine(root, silo),
        { DataRoot.Length: > 0 } => throw new SettingException($"{Name} is '{silo}', which cannot be the name of a folder in {Section}:DataRoot; set {Section}:DataDirectory."),
        _ => throw new SettingException($"{Section}:DataDirectory is not set: every silo needs a directory of its own, on a disk of its machine. {Section}:DataRoot gives each one by its name ({Name})."),
    };

    private static bool IsFolderName(string silo) => silo is not ("" or "." or "..") && silo.AsSpan().IndexOfAny('/', '\\', '\0') < 0;
}
