using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Checkpoints;

namespace Orleans.Log.Engine.Segments;

/// <summary>What makes a store one: written last when it is formatted (docs/FORMAT.md §15).</summary>
/// <param name="Store">Its id.</param>
/// <param name="MadeAt">Milliseconds since 1970 UTC; for people.</param>
internal readonly record struct StoreHeader(Guid Store, long MadeAt)
{
    /// <summary>Length on disk.</summary>
    public const int Length = 64;

    private const uint Magic = 0x54534C4F; // "OLST"
    private const int Version = 1;
    private const string What = "a store's header";

    /// <summary>The blob.</summary>
    public static BlobName Name { get; } = new("store");

    /// <summary>Its bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Length];
        var writer = new SpanWriter(bytes.AsSpan(12));
        writer.Int32(RootPage.Count);
        writer.Id(Store);
        writer.Int64(MadeAt);
        StoreFormat.Seal(bytes, Magic, Version);
        return bytes;
    }

    /// <summary>Reads it. Throws <see cref="StoreFormatException"/>.</summary>
    public static StoreHeader Read(ReadOnlySpan<byte> source)
    {
        StoreFormat.Begin(source, Magic, Version, What);
        StoreFormat.RequireLength(source.Length, Length, What);
        StoreFormat.Open(source, Magic, Version, What);
        var reader = new SpanReader(source[12..]);
        var pages = reader.Int32();
        return pages == RootPage.Count
            ? new StoreHeader(reader.Id(), reader.Int64())
            : throw StoreFormat.Incoherent($"A store of {pages} root pages is none");
    }
}
