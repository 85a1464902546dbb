using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Checkpoints;

namespace Orleans.Log.Engine.Segments;

/// <summary>State of a node in a store. Persisted: never renumber.</summary>
internal enum NodeState : byte
{
    /// <summary>It writes here.</summary>
    Active = 1,

    /// <summary>Another one took its streams over; it must not start again.</summary>
    Retired = 2,
}

/// <summary>What a store knows of a node that writes to it (docs/FORMAT.md §15).</summary>
internal sealed record NodeRecord
{
    /// <summary>Length on disk.</summary>
    public const int Length = 128;

    private const uint Magic = 0x444E4C4F; // "OLND"
    private const int Version = 1;
    private const string What = "a node's record";

    /// <summary>The store.</summary>
    public required Guid Store { get; init; }

    /// <summary>The node and its WAL.</summary>
    public required ReplicaId Replica { get; init; }

    /// <summary>Does it write here?</summary>
    public NodeState State { get; init; } = NodeState.Active;

    /// <summary>Who took its streams over; null while it is active.</summary>
    public Guid? ReplacedBy { get; init; }

    /// <summary>Whose streams it took over; null if it began empty.</summary>
    public Guid? Replaces { get; init; }

    /// <summary>1 for the first record, one more with each replacement.</summary>
    public long Sequence { get; init; } = 1;

    /// <summary>Milliseconds since 1970 UTC; for people.</summary>
    public long WrittenAt { get; init; }

    /// <summary>1 for the first start of the node with this store, one more with each.</summary>
    public long Incarnation { get; init; } = 1;

    /// <summary>The blob.</summary>
    public BlobName Name => BlobId.NodeRecord(Replica.Node);

    /// <summary>Its bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Length];
        var writer = new SpanWriter(bytes.AsSpan(12));
        writer.Byte((byte)State);
        writer.Zero(3);
        writer.Id(Store);
        writer.Id(Replica.Node);
        writer.Id(Replica.Wal);
        writer.Id(ReplacedBy ?? Guid.Empty);
        writer.Id(Replaces ?? Guid.Empty);
        writer.Int64(Sequence);
        writer.Int64(WrittenAt);
        writer.Int64(Incarnation);
        StoreFormat.Seal(bytes, Magic, Version);
        return bytes;
    }

    /// <summary>Reads it: it must be that of this node of this store. Throws <see cref="StoreFormatException"/>.</summary>
    public static NodeRecord Read(ReadOnlySpan<byte> source, Guid store, Guid node)
    {
        StoreFormat.Begin(source, Magic, Version, What);
        StoreFormat.RequireLength(source.Length, Length, What);
        StoreFormat.Open(source, Magic, Version, What);
        var reader = new SpanReader(source[12..]);
        var state = (NodeState)reader.Byte();
        reader.Take(3);
        var record = new NodeRecord
        {
            State = state,
            Store = reader.Id(),
            Replica = new ReplicaId(reader.Id(), reader.Id()),
            ReplacedBy = OrNull(reader.Id()),
            Replaces = OrNull(reader.Id()),
            Sequence = reader.Int64(),
            WrittenAt = reader.Int64(),
            Incarnation = reader.Int64(),
        };
        StoreFormat.RequireSame(record.Store, store, "store");
        StoreFormat.RequireSame(record.Replica.Node, node, "node");
        return state is NodeState.Active or NodeState.Retired && state == NodeState.Retired == record.ReplacedBy is not null && record.Sequence > 0 && record.Incarnation > 0
            ? record
            : throw StoreFormat.Incoherent($"The record of node {node} does not agree with itself");
    }

    private static Guid? OrNull(Guid id) => id == Guid.Empty ? null : id;
}
