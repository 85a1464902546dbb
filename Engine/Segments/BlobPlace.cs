using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Segments;

/// <summary>Which segment or pack of a store: the node that wrote it, and the number of its attempt. No two ever have the same content under one.</summary>
/// <param name="Node">The node.</param>
/// <param name="Attempt">Its attempt, from 1.</param>
internal readonly record struct BlobId(Guid Node, long Attempt)
{
    /// <summary>Length of an attempt in a name.</summary>
    private const int Digits = 16;

    /// <summary>The name if it is a segment.</summary>
    public BlobName Segment => new(SegmentsOf(Node) + Attempt.ToString("x16", CultureInfo.InvariantCulture));

    /// <summary>The name if it is a pack of snapshots.</summary>
    public BlobName Pack => new(PacksOf(Node) + Attempt.ToString("x16", CultureInfo.InvariantCulture));

    /// <summary>How the names of a node's segments begin.</summary>
    public static string SegmentsOf(Guid node) => $"segments/{node:N}/";

    /// <summary>How the names of a node's packs begin.</summary>
    public static string PacksOf(Guid node) => $"snapshots/{node:N}/";

    /// <summary>The name of a node's record.</summary>
    public static BlobName NodeRecord(Guid node) => new($"nodes/{node:N}");

    /// <summary>Takes a name from a listing; false if no node writes such a name.</summary>
    public static bool TryParse([NotNullWhen(true)] string? name, out BlobId id)
    {
        id = default;
        if (name is null || name.Length < Digits + 1 || name[^(Digits + 1)] != '/')
            return false;

        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var valid = Guid.TryParseExact(name.AsSpan()[(slash + 1)..^(Digits + 1)], "N", out var node)
            & long.TryParse(name.AsSpan()[^Digits..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var attempt);
        id = new BlobId(node, attempt);
        return valid && attempt > 0 && (id.Segment.Value == name || id.Pack.Value == name);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Node:N}/{Attempt:x16}";
}

/// <summary>What every checksum in a segment or pack begins with, so that nothing verifies where it was not written (docs/FORMAT.md §10).</summary>
/// <param name="Store">The store.</param>
/// <param name="Blob">The segment or pack.</param>
internal readonly record struct BlobPlace(Guid Store, BlobId Blob)
{
    /// <summary>State of a checksum after the place.</summary>
    public uint State
    {
        get
        {
            Span<byte> ids = stackalloc byte[32];
            WalIds.Write(Store, ids);
            WalIds.Write(Blob.Node, ids[16..]);
            return Crc32C.Add(Crc32C.Add(Crc32C.Start, ids), (ulong)Blob.Attempt);
        }
    }

    /// <summary>State of a checksum after the place and an offset in it.</summary>
    public uint At(long offset) => Crc32C.Add(State, (ulong)offset);
}
