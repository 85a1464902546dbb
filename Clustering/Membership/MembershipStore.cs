using Orleans.Log.Engine.Metadata;

namespace Orleans.Log.Clustering.Membership;

/// <summary>The metadata value that is the membership table. Throws <see cref="MetadataStoreException"/>.</summary>
internal sealed class MembershipStore(IMetadataStore store)
{
    private static readonly MetadataKey Key = new("members/table");

    /// <summary>The present table; an empty one where there is none yet.</summary>
    public async Task<FoundTable> ReadAsync()
    {
        var entry = await store.GetAsync(Key);
        try
        {
            return entry is null ? new FoundTable(MembershipRows.Empty, null) : new FoundTable(MembershipRows.Read(entry.Value.Span), entry.Version);
        }
        catch (InvalidDataException error)
        {
            throw new MetadataStoreException(MetadataErrorKind.Damaged, error.Message, error) { DamagedVersion = entry!.Version };
        }
    }

    /// <summary>Puts a table in the place of the one that was found; false if that is not the present one any more.</summary>
    public async Task<bool> TryReplaceAsync(FoundTable found, MembershipRows table)
    {
        var value = table.ToBytes();
        if (value.Length > MetadataEntry.MaxValueLength)
        {
            throw new MetadataStoreException(
                MetadataErrorKind.Refused,
                $"The membership table would have {value.Length} bytes for {table.Rows.Length} silos, and has room for {MetadataEntry.MaxValueLength}; silos that are defunct must be cleaned up.");
        }

        return await TryAsync(async () => await (found.Version is { } version ? store.ReplaceAsync(Key, value, version) : store.CreateAsync(Key, value)));
    }

    /// <summary>Removes the table that was found; false if that is not the present one any more.</summary>
    public Task<bool> TryDeleteAsync(FoundTable found) => found.Version is { } version
        ? TryAsync(async () => await store.DeleteAsync(Key, version))
        : Task.FromResult(true);

    private static async Task<bool> TryAsync(Func<Task> change)
    {
        try
        {
            await change();
            return true;
        }
        catch (MetadataStoreException error) when (error.Kind == MetadataErrorKind.Conflict)
        {
            return false;
        }
    }
}

/// <summary>A table as it was read.</summary>
/// <param name="Table">What it says.</param>
/// <param name="Version">Which value it was; null if there was none.</param>
internal sealed record FoundTable(MembershipRows Table, MetadataVersion? Version)
{
    /// <summary>The table's version as Orleans compares it.</summary>
    public TableVersion TableVersion => new(Table.Version, Version?.ToString() ?? "none");
}
