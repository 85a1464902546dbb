using Microsoft.Extensions.Logging;
using static Orleans.Log.Api.Server.Settings.SettingValues;

namespace Orleans.Log.Api.Server.Settings;

/// <summary>The settings of <see cref="ServerOptions"/>, each once; every front has them under the same names.</summary>
public static class ServerSettings
{
    private const long MiB = 1024 * 1024;

    private static readonly ServerOptions Defaults = new();

    /// <summary>All of them, in the order in which they are shown.</summary>
    public static IReadOnlyList<Setting<ServerOptions>> All { get; } =
    [
        new("urls", SettingKind.Text, Defaults.Urls[0].Text, "Addresses to listen on, separated by ';'. Anything but loopback needs allow-insecure.",
            (options, value) => options.Urls = ListenAddress.ParseList(value)),
        new("allow-insecure", SettingKind.Switch, "false", "Listen on addresses that other machines can reach, without authentication or TLS.",
            (options, value) => options.AllowInsecure = Switch(value)),
        new("log-level", SettingKind.Choice, "information", "Least severe messages that are logged: trace, debug, information, warning, error, critical, none.",
            (options, value) => options.LogLevel = Choice<LogLevel>(value)),
        new("shutdown-timeout", SettingKind.Duration, DurationText(Defaults.ShutdownTimeout), "How long a shutdown waits for requests that are under way.",
            (options, value) => options.ShutdownTimeout = Duration(value, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1))),
        new("max-connections", SettingKind.Number, Text(Defaults.MaxConnections), "Most connections at once, fewer where the process may open too few files; every other one is closed immediately.",
            (options, value) => options.MaxConnections = Number(value, 1, 1_000_000)),
        new("write-timeout", SettingKind.Duration, DurationText(Defaults.WriteTimeout), "Longest time in which a client may take nothing of its answer before its connection is closed.",
            (options, value) => options.WriteTimeout = Duration(value, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1))),

        new("allowed-origins", SettingKind.Text, None, "Origins whose pages may use the API from a browser, separated by ';'; * for all.",
            (options, value) => Replace(options.Api.AllowedOrigins, value == None ? [] : value.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))),
        new("allowed-hosts", SettingKind.Text, None, "Names besides those of loopback by which the server may be called (the Host of a request), without a port, separated by ';'; * for any. If none is said: no other on loopback, any elsewhere.",
            (options, value) => Replace(options.Api.AllowedHosts, value == None ? [] : HostNames.ParseList(value))),
        new("append-timeout", SettingKind.Duration, DurationText(Defaults.Api.AppendTimeout), "How long an append or command may take before its caller is told timed_out.",
            (options, value) => options.Api.AppendTimeout = Duration(value, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1))),
        new("request-bodies", SettingKind.Size, SizeText(Defaults.Api.RequestBodyBytes), "Bytes of request bodies held in memory, over all requests; beyond it they are refused as overloaded.",
            (options, value) => options.Api.RequestBodyBytes = Size(value, 16 * MiB, 65536 * MiB)),
        new("response-bodies", SettingKind.Size, SizeText(Defaults.Api.ResponseBodyBytes), "Bytes of records held in memory until clients take them, over all connections; pages get smaller as it fills, beyond it reads are refused as overloaded.",
            (options, value) => options.Api.ResponseBodyBytes = Size(value, 16 * MiB, 65536 * MiB)),
        new("max-sessions", SettingKind.Number, Text(Defaults.Api.MaxSessions), "Most appender sessions at once, beside the other connections; one more is told overloaded.",
            (options, value) => options.Api.MaxSessions = Number(value, 1, 1_000_000)),
        new("ping-interval", SettingKind.Duration, DurationText(Defaults.Api.PingInterval), "Time between the pings of an event stream with nothing else to say.",
            (options, value) => options.Api.PingInterval = Duration(value, TimeSpan.FromSeconds(1), Limits.ReadWait)),
    ];

    private static void Replace(IList<string> list, IEnumerable<string> values)
    {
        list.Clear();
        foreach (var value in values)
            list.Add(value);
    }
}
