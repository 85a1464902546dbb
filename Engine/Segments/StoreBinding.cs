using Orleans.Log.Engine.Checkpoints;

namespace Orleans.Log.Engine.Segments;

/// <summary>The file that says which store a data directory is bound to, so that it is never served with another one (docs/FORMAT.md §15).</summary>
/// <param name="Store">The store.</param>
/// <param name="Replica">The node and the WAL of the directory.</param>
internal readonly record struct StoreBinding(Guid Store, ReplicaId Replica)
{
    /// <summary>The file's name in the data directory.</summary>
    public const string FileName = "store";

    /// <summary>Length on disk.</summary>
    public const int Length = 64;

    private const uint Magic = 0x44424C4F; // "OLBD"
    private const int Version = 1;
    private const string What = "a binding to a store";

    /// <summary>Its bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Length];
        var writer = new SpanWriter(bytes.AsSpan(16));
        writer.Id(Store);
        writer.Id(Replica.Node);
        writer.Id(Replica.Wal);
        StoreFormat.Seal(bytes, Magic, Version);
        return bytes;
    }

    /// <summary>Reads it. Throws <see cref="StoreFormatException"/>.</summary>
    public static StoreBinding Read(ReadOnlySpan<byte> source)
    {
        StoreFormat.Begin(source, Magic, Version, What);
        StoreFormat.RequireLength(source.Length, Length, What);
        StoreFormat.Open(source, Magic, Version, What);
        var reader = new SpanReader(source[16..]);
        return new StoreBinding(reader.Id(), new ReplicaId(reader.Id(), reader.Id()));
    }
}
