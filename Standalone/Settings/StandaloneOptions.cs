using Microsoft.Extensions.Logging;
using Orleans.Log.Api.Endpoints;
using Orleans.Log.Engine;

namespace Orleans.Log.Standalone.Settings;

/// <summary>Everything that can be set. The values that stand here are the defaults that <see cref="SettingTable"/> shows.</summary>
internal sealed class StandaloneOptions
{
    /// <summary>Where to listen.</summary>
    public IReadOnlyList<ListenAddress> Urls { get; set; } = ListenAddress.ParseList("http://127.0.0.1:5075");

    /// <summary>The data directory; empty for <see cref="DefaultDataDirectory"/>.</summary>
    public string Data { get; set; } = "";

    /// <summary>Listen on addresses that others can reach, although nobody is asked who they are.</summary>
    public bool AllowInsecure { get; set; }

    /// <summary>Least severe messages that are logged.</summary>
    public LogLevel LogLevel { get; set; } = LogLevel.Information;

    /// <summary>How long a shutdown waits for requests that are under way.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Most connections at once.</summary>
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>The engine.</summary>
    public LogNodeOptions Node { get; } = new();

    /// <summary>The HTTP API.</summary>
    public OrleansLogEndpointOptions Api { get; } = new();

    /// <summary>
    /// The default folder: <c>$XDG_DATA_HOME/orleans-log</c>, that is <c>~/.local/share/orleans-log</c>; on Windows <c>%LOCALAPPDATA%\orleans-log</c>.
    /// Empty if the user has no such folder.
    /// </summary>
    public static string DefaultDataDirectory()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return home.Length == 0 ? "" : Path.Combine(home, "orleans-log");
    }

    /// <summary>The data directory as a full path.</summary>
    public string DataDirectory()
    {
        var directory = Data.Length > 0 ? Data : DefaultDataDirectory();
        return directory.Length > 0
            ? Path.GetFullPath(directory)
            : throw new SettingException("There is no home directory to keep data under; say where with --data.");
    }

    /// <summary>Throws <see cref="SettingException"/> for values that are each fine and do not go together.</summary>
    public void Validate()
    {
        if (!AllowInsecure && Urls.FirstOrDefault(address => !address.IsLoopback) is { } open)
        {
            throw new SettingException(
                $"Refusing to listen on {open.Text}: other machines could reach it, and this version asks nobody who they are, so whoever "
                + "reaches it can read, change and delete everything. Listen on 127.0.0.1, [::1] or localhost, or say --allow-insecure.");
        }

        try
        {
            Node.Validate();
            Api.Validate();
        }
        catch (ArgumentException error)
        {
            throw new SettingException(error.Message);
        }
    }
}
