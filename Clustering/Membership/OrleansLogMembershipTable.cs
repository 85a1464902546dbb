using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Log.Engine.Metadata;
using Orleans.Runtime;

namespace Orleans.Log.Clustering.Membership;

/// <summary>
/// Orleans' membership in the cluster's metadata: the whole table is one value, replaced by compare-and-swap (docs/adr/0012), so its version and its rows are always of one moment. Signs of life are values of
/// their own. Safe for use by several threads. A failure of the store is thrown as it is (<see cref="MetadataStoreException"/>); Orleans reads again and tries again.
/// </summary>
internal sealed class OrleansLogMembershipTable(ClusteringStore clustering, IOptions<ClusterOptions> cluster) : IMembershipTable
{
    /// <summary>Attempts at what is not conditional for the caller, before somebody else's changes make it give up.</summary>
    private const int Attempts = 10;

    /// <inheritdoc/>
    /// <remarks>A table that is not there is an empty one, so nothing needs to be made; but a store that cannot be read is better known at the start.</remarks>
    public async Task InitializeMembershipTable(bool tryInitTableVersion) => await (await TableAsync()).ReadAsync();

    /// <inheritdoc/>
    public async Task<MembershipTableData> ReadRow(SiloAddress key)
    {
        var found = await (await TableAsync()).ReadAsync();
        return found.Table.Find(key) is { } row
            ? new MembershipTableData(TupleOf((await (await BeatsAsync()).OntoAsync([row]))[0]), found.TableVersion)
            : new MembershipTableData(found.TableVersion);
    }

    /// <inheritdoc/>
    public async Task<MembershipTableData> ReadAll()
    {
        var found = await (await TableAsync()).ReadAsync();
        var rows = await (await BeatsAsync()).OntoAsync(found.Table.Rows);
        return new MembershipTableData([.. rows.Select(TupleOf)], found.TableVersion);
    }

    /// <inheritdoc/>
    public async Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion)
    {
        var table = await TableAsync();
        var found = await table.ReadAsync();
        return found.TableVersion.VersionEtag == tableVersion.VersionEtag
            && found.Table.Find(entry.SiloAddress) is null
            && await table.TryReplaceAsync(found, found.Table.With(entry, tableVersion.Version));
    }

    /// <inheritdoc/>
    public async Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion)
    {
        var table = await TableAsync();
        var found = await table.ReadAsync();
        return found.TableVersion.VersionEtag == tableVersion.VersionEtag
            && found.Table.Find(entry.SiloAddress)?.Etag == etag
            && await table.TryReplaceAsync(found, found.Table.With(entry, tableVersion.Version));
    }

    /// <inheritdoc/>
    public async Task UpdateIAmAlive(MembershipEntry entry) => await (await BeatsAsync()).BeatAsync(entry.SiloAddress, entry.IAmAliveTime);

    /// <inheritdoc/>
    /// <remarks>The table's version stays: what Orleans decides by is the same without the rows of those who are long dead.</remarks>
    public async Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate)
    {
        var (table, beats) = (await TableAsync(), await BeatsAsync());
        var kept = await UntilAsync(async () =>
        {
            var found = await table.ReadAsync();
            var rows = await beats.OntoAsync(found.Table.Rows);
            var keep = rows.Where(row => row.Status == SiloStatus.Active || row.LastNews >= beforeDate.UtcDateTime).Select(row => row.Silo).ToHashSet();
            var rest = found.Table with { Rows = [.. found.Table.Rows.Where(row => keep.Contains(row.Silo))] };
            return rest.Rows.Length == found.Table.Rows.Length || await table.TryReplaceAsync(found, rest) ? rest : null;
        });
        await beats.SweepAsync(silo => kept.Find(silo) is { Status: not SiloStatus.Dead });
    }

    /// <inheritdoc/>
    public async Task DeleteMembershipTableEntries(string clusterId)
    {
        if (clusterId != cluster.Value.ClusterId)
            throw new ArgumentException($"This is the membership table of cluster '{cluster.Value.ClusterId}' and not of '{clusterId}'.", nameof(clusterId));

        var table = await TableAsync();
        await UntilAsync(async () => await table.ReadAsync() is var found && await table.TryDeleteAsync(found) ? found : null);
        await (await BeatsAsync()).SweepAsync(static _ => false);
    }

    private static async Task<T> UntilAsync<T>(Func<Task<T?>> attempt)
        where T : class
    {
        for (var i = 0; i < Attempts; i++)
        {
            if (await attempt() is { } done)
                return done;
        }

        throw new MetadataStoreException(MetadataErrorKind.Conflict, $"The membership table was changed by others {Attempts} times while it should be cleaned up.");
    }

    private static Tuple<MembershipEntry, string> TupleOf(MembershipRow row) => Tuple.Create(row.ToEntry(), row.Etag);

    private async ValueTask<MembershipStore> TableAsync() => new(await clustering.OpenAsync());

    private async ValueTask<Heartbeats> BeatsAsync() => new(await clustering.OpenAsync());
}
