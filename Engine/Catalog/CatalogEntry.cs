namespace Orleans.Log.Engine.Catalog;

/// <summary>What the catalog says of one stream. Immutable: a change of configuration makes another one.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its identity.</param>
/// <param name="Config">Its configuration.</param>
/// <param name="ConfigVersion">Number of the configuration, from 1.</param>
/// <param name="CreatedAt">Milliseconds since 1970 UTC.</param>
internal sealed record CatalogEntry(StreamName Name, StreamId Id, StreamConfig Config, long ConfigVersion, long CreatedAt)
{
    /// <summary>The stream that the catalog itself is written to: all ones. No stream with a name ever gets it.</summary>
    public static StreamId CatalogStream { get; } = new(UInt128.MaxValue);
}
