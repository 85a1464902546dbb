using System.Text;
using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Segments;

/// <summary>Whose copy of a stream: a node, and the WAL that it writes to. A restored directory has another node id and another WAL id.</summary>
internal readonly record struct ReplicaId(Guid Node, Guid Wal);

/// <summary>The root of one stream: its entry in a root page (docs/FORMAT.md §14).</summary>
/// <param name="Id">The stream.</param>
/// <param name="Name">Its name.</param>
/// <param name="Owner">Who may change the entry.</param>
/// <param name="Generation">Generation of the replica set in which it was written.</param>
/// <param name="Term">Term in which it was written.</param>
/// <param name="Head">Lowest LSN that can be read: what segments hold below is not needed.</param>
/// <param name="Offloaded">LSN of the snapshot: everything below is in segments.</param>
/// <param name="LastEntry">Number of the last entry in the snapshot.</param>
/// <param name="AsOf">Position of the snapshot in the owner's WAL: tells a root that is ahead of a directory from one of a stream that it deleted.</param>
/// <param name="Sealed">Ended for good at the LSN of the snapshot.</param>
/// <param name="Snapshot">The snapshot.</param>
internal sealed record RootEntry(
    StreamId Id,
    StreamName Name,
    ReplicaId Owner,
    int Generation,
    long Term,
    long Head,
    long Offloaded,
    long LastEntry,
    WalPosition AsOf,
    bool Sealed,
    PackRef Snapshot)
{
    /// <summary>Length on disk without the name.</summary>
    public const int FixedLength = 132;

    private const int IsSealed = 1;

    /// <summary>Length on disk.</summary>
    public int Length => FixedLength + Name.Value.Length;

    /// <summary>Writes it.</summary>
    public void Write(ref SpanWriter writer)
    {
        writer.StreamId(Id);
        writer.Id(Owner.Node);
        writer.Id(Owner.Wal);
        writer.Int64(Term);
        writer.Int32(Generation);
        writer.UInt16(Sealed ? IsSealed : 0);
        writer.UInt16(Name.Value.Length);
        writer.Int64(Head);
        writer.Int64(Offloaded);
        writer.Int64(LastEntry);
        writer.Int64(AsOf.Value);
        Snapshot.Write(ref writer);
        Encoding.ASCII.GetBytes(Name.Value, writer.Take(Name.Value.Length));
    }

    /// <summary>Reads it; what no root has is an <see cref="InvalidDataException"/>.</summary>
    public static RootEntry Read(ref SpanReader reader)
    {
        var id = reader.StreamId();
        var owner = new ReplicaId(reader.Id(), reader.Id());
        var (term, generation, flags, nameLength) = (reader.Position(), reader.Count(), reader.UInt16(), reader.UInt16());
        var (head, offloaded, lastEntry, asOf) = (reader.Position(), reader.Position(), reader.Position(), new WalPosition(reader.Position()));
        var snapshot = PackRef.Read(ref reader);
        var name = Catalog.CatalogBodies.ReadName(ref reader, nameLength);
        return flags <= IsSealed && head <= offloaded && offloaded <= Limits.Position
            ? new RootEntry(id, name, owner, generation, term, head, offloaded, lastEntry, asOf, flags == IsSealed, snapshot)
            : throw new InvalidDataException($"The root of stream {id} has fields out of their bounds.");
    }
}
