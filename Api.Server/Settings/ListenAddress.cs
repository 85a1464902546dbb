using System.Net;
using Microsoft.AspNetCore.Http;

namespace Orleans.Log.Api.Server.Settings;

/// <summary>One address to listen on, decided here once: the server is given the end point and never the text.</summary>
/// <param name="Text">As it was given.</param>
/// <param name="Host">The host in it.</param>
/// <param name="Address">Its address; null for a name, or for <c>localhost</c>.</param>
/// <param name="Port">Its port; 0 lets the system choose.</param>
public sealed record ListenAddress(string Text, string Host, IPAddress? Address, int Port)
{
    /// <summary>The name that stands for both loopback addresses.</summary>
    public bool IsLocalhost => string.Equals(Host, "localhost", StringComparison.OrdinalIgnoreCase);

    /// <summary>Can only this machine reach it? A name other than localhost may mean anything, also later, so it counts as reachable.</summary>
    public bool IsLoopback => IsLocalhost || (Address is not null && IPAddress.IsLoopback(Address));

    /// <summary>Reads addresses separated by semicolons.</summary>
    public static IReadOnlyList<ListenAddress> ParseList(string text)
    {
        var addresses = text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Parse).ToList();
        return addresses.Count > 0 ? addresses : throw new FormatException("must name at least one address");
    }

    private static ListenAddress Parse(string text)
    {
        // Kestrel's own reader of addresses: '*' and '+' are hosts to it, which Uri refuses.
        BindingAddress address;
        try
        {
            address = BindingAddress.Parse(text);
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            throw new FormatException("must be addresses like http://127.0.0.1:5075, separated by ';'", error);
        }

        if (!string.Equals(address.Scheme, "http", StringComparison.OrdinalIgnoreCase))
            throw new FormatException("must start with http:// (TLS is the business of a proxy in front)");

        if (address.IsUnixPipe || address.IsNamedPipe || address.PathBase.Length > 0)
            throw new FormatException("must be host and port without a path");

        if (address.Port is < 0 or > ushort.MaxValue)
            throw new FormatException("must have a port from 0 to 65535");

        var host = address.Host.StartsWith('[') && address.Host.EndsWith(']') ? address.Host[1..^1] : address.Host;
        return new ListenAddress(text, host, IPAddress.TryParse(host, out var ip) ? ip : null, address.Port);
    }
}
