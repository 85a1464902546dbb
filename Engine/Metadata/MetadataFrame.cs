using System.Security.Cryptography;
using System.Text;
using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Metadata;

/// <summary>A metadata value with what surrounds it in its blob (docs/FORMAT.md §17).</summary>
internal sealed record MetadataFrame
{
    /// <summary>Longest blob.</summary>
    public const int MaxLength = StoreFormat.HeaderLength + BlobMetadataStoreOptions.MaxClusterLength + MetadataKey.MaxLength + MetadataEntry.MaxValueLength;

    private const uint Magic = 0x564D4C4F; // "OLMV"
    private const int Version = 1;
    private const string What = "a metadata value";

    /// <summary>Name of the cluster.</summary>
    public required string Cluster { get; init; }

    /// <summary>Key of the value.</summary>
    public required MetadataKey Key { get; init; }

    /// <summary>The write's own.</summary>
    public required Guid Nonce { get; init; }

    /// <summary>Digest of the version that it replaced; empty if it replaced none.</summary>
    public required Guid Replaces { get; init; }

    /// <summary>Milliseconds since 1970 UTC; for people.</summary>
    public required long WrittenAt { get; init; }

    /// <summary>The value.</summary>
    public required ReadOnlyMemory<byte> Value { get; init; }

    /// <summary>What stands in a frame for a version; empty for none.</summary>
    public static Guid DigestOf(MetadataVersion? version) =>
        version is { } present ? new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(present.ToString())).AsSpan(0, 16), bigEndian: true) : Guid.Empty;

    /// <summary>Its bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[StoreFormat.HeaderLength + Cluster.Length + Key.Value.Length + Value.Length];
        var writer = new SpanWriter(bytes.AsSpan(12));
        writer.Int32(bytes.Length);
        writer.Id(Nonce);
        writer.Id(Replaces);
        writer.Int64(WrittenAt);
        writer.UInt16(Cluster.Length);
        writer.UInt16(Key.Value.Length);
        writer.Int32(Value.Length);
        writer.Bytes(Encoding.ASCII.GetBytes(Cluster));
        writer.Bytes(Encoding.ASCII.GetBytes(Key.Value));
        writer.Bytes(Value.Span);
        StoreFormat.Seal(bytes, Magic, Version);
        return bytes;
    }

    /// <summary>Reads a whole blob. Throws <see cref="StoreFormatException"/>, also for one that is another cluster's.</summary>
    public static MetadataFrame Read(ReadOnlySpan<byte> source, string cluster)
    {
        var frame = Read(source);
        return frame.Cluster == cluster
            ? frame
            : throw new StoreFormatException(StoreFault.Foreign, $"It is of cluster {frame.Cluster} and not of {cluster}.");
    }

    /// <summary>The same of whatever cluster it is.</summary>
    public static MetadataFrame Read(ReadOnlySpan<byte> source)
    {
        StoreFormat.Open(source, Magic, Version, What);
        try
        {
            var reader = new SpanReader(source[12..]);
            StoreFormat.RequireLength(source.Length, reader.Int32(), What);
            var (nonce, replaces, writtenAt) = (reader.Id(), reader.Id(), reader.Int64());
            var (clusterLength, keyLength, valueLength) = (reader.UInt16(), reader.UInt16(), reader.Count());
            var found = Encoding.ASCII.GetString(reader.Take(clusterLength));
            var key = new MetadataKey(Encoding.ASCII.GetString(reader.Take(keyLength)));
            var value = reader.Take(valueLength).ToArray();
            reader.End();
            return new MetadataFrame { Cluster = found, Key = key, Nonce = nonce, Replaces = replaces, WrittenAt = writtenAt, Value = value };
        }
        catch (Exception error) when (error is InvalidDataException or ArgumentException)
        {
            throw StoreFormat.Incoherent(What, error);
        }
    }
}
