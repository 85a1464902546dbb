using System.Net;
using Orleans.Log.ServiceDefaults;

namespace Orleans.Log.Silo.Settings;

/// <summary>Who can reach a silo. Nobody is asked who they are, so it is its own machine unless the operator says that more is meant.</summary>
internal static class Reachability
{
    /// <summary>The address that the silo tells others, and listens on.</summary>
    public const string Advertised = "Orleans:Endpoints:AdvertisedIPAddress";

    public const string Loopback = "127.0.0.1";

    /// <summary>Throws <see cref="SettingException"/> if others could reach the silo and nobody said that they may.</summary>
    public static void Require(IConfiguration configuration, SiloSettings settings)
    {
        if (configuration[Advertised] is { } advertised)
            RequireLoopback(Advertised, advertised, IPAddress.TryParse(advertised, out var address) ? address : throw new SettingException($"{Advertised} is '{advertised}'; it must be an IP address."), settings);

        foreach (var listening in new[] { "Orleans:Endpoints:SiloListeningEndpoint", "Orleans:Endpoints:GatewayListeningEndpoint" })
        {
            if (configuration[listening] is { } endpoint)
                RequireLoopback(listening, endpoint, IPEndPoint.TryParse(endpoint, out var parsed) ? parsed.Address : throw new SettingException($"{listening} is '{endpoint}'; it must be an IP address and a port."), settings);
        }

        foreach (var url in settings.Urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            RequireLoopback("OrleansLog:Urls", url, AddressOf(url), settings);
    }

    private static void RequireLoopback(string setting, string value, IPAddress? address, SiloSettings settings)
    {
        if (settings.AllowInsecure || (address is not null && IPAddress.IsLoopback(address)))
            return;

        throw new SettingException(
            $"{setting} is {value}: other machines could reach it, and this version asks nobody who they are, so whoever reaches a silo can read, change and delete everything. "
            + "Use a loopback address, or say OrleansLog:AllowInsecure=true.");
    }

    /// <summary>Null for a name or a wildcard.</summary>
    private static IPAddress? AddressOf(string url)
    {
        try
        {
            var host = BindingAddress.Parse(url).Host;
            return string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase) ? IPAddress.Loopback : IPAddress.TryParse(host, out var address) ? address : null;
        }
        catch (FormatException)
        {
            throw new SettingException($"OrleansLog:Urls has '{url}'; it must be an address such as http://127.0.0.1:5080.");
        }
    }
}
