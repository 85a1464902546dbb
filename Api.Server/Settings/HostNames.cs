using System.Net;
using System.Net.Sockets;

namespace Orleans.Log.Api.Server.Settings;

/// <summary>Names of a server as a request's Host gives them: without a port, IPv6 addresses in brackets.</summary>
internal static class HostNames
{
    /// <summary>Stands for every name.</summary>
    public const string Any = "*";

    /// <summary>What everybody calls this machine.</summary>
    public static IReadOnlyList<string> Loopback { get; } = ["localhost", "127.0.0.1", "[::1]"];

    /// <summary>Reads names separated by semicolons.</summary>
    public static IReadOnlyList<string> ParseList(string text)
    {
        var names = text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Parse).ToList();
        return names.Count > 0 ? names : throw new FormatException("must name at least one host, or be *");
    }

    /// <summary>A name or an address as Host gives it.</summary>
    public static string Of(string host) => IPAddress.TryParse(host, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6
        ? $"[{address}]"
        : host;

    private static string Parse(string text)
    {
        var host = text.StartsWith('[') && text.EndsWith(']') ? text[1..^1] : text;
        return text == Any || Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6
            ? Of(host)
            : throw new FormatException("must be host names or addresses without scheme and port, separated by ';', or *");
    }
}
