namespace Orleans.Log.Engine.Blobs;

/// <summary>
/// Which content a name has, as the store tells it: another one after every write of the name, also after deletion and a new beginning. Nothing but
/// equality means anything, and only between versions that the same store gave for the same name. The default is no version, equal to none that a store gives.
/// </summary>
/// <param name="Tag">The store's own text, such as an ETag.</param>
public readonly record struct BlobVersion(string? Tag)
{
    /// <summary>The text; empty for the default.</summary>
    public override string ToString() => Tag ?? string.Empty;
}
