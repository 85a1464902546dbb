using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Orleans.Log.Silo.Settings;

/// <summary>
/// Nobody else listens where this silo is to. It must be asked beforehand: on Linux Orleans shares its ports with whoever shares them too, and a silo that comes to the address of another is taken for the same one, restarted;
/// the cluster then gives the other up, which ends it.
/// </summary>
internal static class FreePorts
{
    /// <summary>Throws <see cref="AddressInUseException"/>.</summary>
    public static void Require(IConfiguration configuration)
    {
        Require(configuration, "SiloPort", "11111", "SiloListeningEndpoint");
        Require(configuration, "GatewayPort", "30000", "GatewayListeningEndpoint");
    }

    private static void Require(IConfiguration configuration, string port, string defaultPort, string listening)
    {
        var endpoints = configuration.GetSection("Orleans:Endpoints");
        var address = IPAddress.TryParse(endpoints["AdvertisedIPAddress"], out var advertised) ? advertised : IPAddress.Any;
        var endpoint = endpoints[listening] is { } given ? IPEndPoint.Parse(given) : new IPEndPoint(address, int.Parse(endpoints[port] ?? defaultPort, System.Globalization.CultureInfo.InvariantCulture));
        if (endpoint.Port == 0)
            return;

        try
        {
            using var listener = new TcpListener(endpoint);
            listener.Start();
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException($"Another process listens on {endpoint}: every silo of a machine needs ports of its own (Orleans:Endpoints:SiloPort and GatewayPort).", error);
        }
    }
}
