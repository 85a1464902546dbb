using System.Collections.Immutable;
using System.Text.Json;
using Orleans.Log.Engine.Metadata;
using Orleans.Runtime;

namespace Orleans.Log.Clustering.Membership;

/// <summary>
/// Signs of life, one metadata value for each silo, which only that silo writes. Nothing is decided by them but how old a row looks, so one that cannot be read counts as none.
/// </summary>
internal sealed class Heartbeats(IMetadataStore store)
{
    private const string Area = "alive/";

    /// <summary>Others who may write the same key at once: this silo itself, whose earlier call was given up and still arrives.</summary>
    private const int Attempts = 3;

    /// <summary>Reads under way at once.</summary>
    private const int ReadsAtOnce = 16;

    /// <summary>Says that a silo is alive. Throws <see cref="MetadataStoreException"/>.</summary>
    public async Task BeatAsync(SiloAddress silo, DateTime at)
    {
        var key = KeyOf(silo.ToParsableString());
        var value = JsonSerializer.SerializeToUtf8Bytes(new Heartbeat(silo.ToParsableString(), DateTime.SpecifyKind(at, DateTimeKind.Utc)), MembershipJson.Default.Heartbeat);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await (await VersionOfAsync(key) is { } present ? store.ReplaceAsync(key, value, present) : store.CreateAsync(key, value));
                return;
            }
            catch (MetadataStoreException error) when (error.Kind == MetadataErrorKind.Conflict && attempt < Attempts)
            {
                // Read again.
            }
        }
    }

    /// <summary>The rows with what their silos last said; those of dead silos as they are, because their time was settled when they were declared dead.</summary>
    public async Task<ImmutableArray<MembershipRow>> OntoAsync(ImmutableArray<MembershipRow> rows)
    {
        var merged = ImmutableArray.CreateBuilder<MembershipRow>(rows.Length);
        foreach (var some in rows.Chunk(ReadsAtOnce))
            merged.AddRange(await Task.WhenAll(some.Select(OntoAsync)));

        return merged.MoveToImmutable();
    }

    /// <summary>Removes those of silos that are not alive by the table. Wrong ones come back with the silo's next.</summary>
    public async Task SweepAsync(Func<string, bool> isAlive)
    {
        await foreach (var entry in store.ListAsync(Area))
        {
            if (isAlive(entry.Key.Value[Area.Length..]))
                continue;

            try
            {
                await store.DeleteAsync(entry.Key, entry.Version);
            }
            catch (MetadataStoreException error) when (error.Kind is MetadataErrorKind.Conflict or MetadataErrorKind.OutcomeUnknown)
            {
                // It was written again or is gone; the next sweep looks once more.
            }
        }
    }

    private async Task<MembershipRow> OntoAsync(MembershipRow row)
    {
        if (row.Status == SiloStatus.Dead)
            return row;

        return await FindAsync(row.Silo) is { } beat && beat.At > row.AliveAt ? row with { AliveAt = beat.At } : row;
    }

    private async Task<Heartbeat?> FindAsync(string silo)
    {
        try
        {
            return await store.GetAsync(KeyOf(silo)) is { } entry ? JsonSerializer.Deserialize(entry.Value.Span, MembershipJson.Default.Heartbeat) : null;
        }
        catch (Exception error) when (error is JsonException or MetadataStoreException { Kind: MetadataErrorKind.Damaged })
        {
            return null;
        }
    }

    private async ValueTask<MetadataVersion?> VersionOfAsync(MetadataKey key)
    {
        try
        {
            return (await store.GetAsync(key))?.Version;
        }
        catch (MetadataStoreException error) when (error.DamagedVersion is not null)
        {
            return error.DamagedVersion;
        }
    }

    private static MetadataKey KeyOf(string silo) => new(Area + silo);
}
