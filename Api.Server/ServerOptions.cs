using Microsoft.Extensions.Logging;
using Orleans.Log.Api.Endpoints;
using Orleans.Log.Api.Server.Settings;
using Orleans.Log.ServiceDefaults;

namespace Orleans.Log.Api.Server;

/// <summary>What every front lets its operator set. The values that stand here are the defaults that <see cref="ServerSettings"/> shows.</summary>
public sealed class ServerOptions
{
    /// <summary>Where to listen.</summary>
    public IReadOnlyList<ListenAddress> Urls { get; set; } = ListenAddress.ParseList("http://127.0.0.1:5075");

    /// <summary>Listen on addresses that others can reach, although nobody is asked who they are.</summary>
    public bool AllowInsecure { get; set; }

    /// <summary>Least severe messages that are logged.</summary>
    public LogLevel LogLevel { get; set; } = LogLevel.Information;

    /// <summary>How long a shutdown waits for requests that are under way.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Most connections at once. The descriptors of the process may allow fewer (<see cref="Connections.ConnectionBudget"/>).</summary>
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>Longest time in which a connection may take nothing of what there is for it; then it is closed.</summary>
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The HTTP API.</summary>
    public OrleansLogEndpointOptions Api { get; } = new();

    /// <summary>
    /// Every name by which the server may be called; <c>*</c> for any. Who listens on loopback only has no other names; who does not is reached by names that only
    /// the operator knows.
    /// </summary>
    public IReadOnlyList<string> Hosts() => Api.AllowedHosts.Count == 0 && Urls.Any(address => !address.IsLoopback)
        ? [HostNames.Any]
        : [.. HostNames.Loopback, .. Urls.Where(address => address.IsLoopback).Select(address => HostNames.Of(address.Host)), .. Api.AllowedHosts];

    /// <summary>Throws <see cref="SettingException"/> for values that are each fine and do not go together.</summary>
    /// <param name="allowInsecure">How <see cref="AllowInsecure"/> is said to this host, for the message.</param>
    public void Validate(string allowInsecure)
    {
        if (!AllowInsecure && Urls.FirstOrDefault(address => !address.IsLoopback) is { } open)
        {
            throw new SettingException(
                $"Refusing to listen on {open.Text}: other machines could reach it, and this version asks nobody who they are, so whoever "
                + $"reaches it can read, change and delete everything. Listen on 127.0.0.1, [::1] or localhost, or say {allowInsecure}.");
        }

        try
        {
            Api.Validate();
        }
        catch (ArgumentException error)
        {
            throw new SettingException(error.Message);
        }
    }
}
