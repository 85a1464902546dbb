using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Messaging;
using Orleans.Runtime;

namespace Orleans.Log.Clustering.Membership;

/// <summary>Tells clients which silos take them in: the active ones with a gateway, by the membership table. Nothing while there is no table yet. Safe for use by several threads.</summary>
internal sealed class OrleansLogGatewayListProvider(ClusteringStore clustering, IOptions<GatewayOptions> options) : IGatewayListProvider
{
    /// <inheritdoc/>
    public TimeSpan MaxStaleness => options.Value.GatewayListRefreshPeriod;

    /// <inheritdoc/>
    public bool IsUpdatable => true;

    /// <inheritdoc/>
    public async Task InitializeGatewayListProvider() => await clustering.OpenAsync();

    /// <inheritdoc/>
    public async Task<IList<Uri>> GetGateways()
    {
        var found = await new MembershipStore(await clustering.OpenAsync()).ReadAsync();
        return [.. found.Table.Rows.Where(static row => row.Status == SiloStatus.Active && row.ProxyPort != 0).Select(GatewayOf)];
    }

    private static Uri GatewayOf(MembershipRow row)
    {
        var silo = SiloAddress.FromParsableString(row.Silo);
        return SiloAddress.New(silo.Endpoint.Address, row.ProxyPort, silo.Generation).ToGatewayUri();
    }
}
