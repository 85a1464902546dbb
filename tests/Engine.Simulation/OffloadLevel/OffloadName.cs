using Orleans.Log.Engine.Simulation.NodeLevel;
using Orleans.Log.Engine.Simulation.StreamLevel;

namespace Orleans.Log.Engine.Simulation.OffloadLevel;

/// <summary>What callers know of one name: whether a stream has it, which ones had it before and may come back with a lost disk, and at most one act on the way that changes that.</summary>
internal sealed class OffloadName(string name)
{
    // Deleted, and perhaps still published: the deletion may be lost with the disk.
    private readonly List<OffloadHistory> _former = [];

    public StreamName Name { get; } = StreamName.Parse(name);

    /// <summary>The stream that has the name, as far as acknowledged; null for none.</summary>
    public OffloadHistory? Present { get; private set; }

    /// <summary>The act on the way.</summary>
    public NameAct Act { get; private set; }

    /// <summary>The stream as it is used; null while it is not open.</summary>
    public StreamDriver? Driver { get; set; }

    /// <summary>Snapshots asked for: what must be in the store once they are answered.</summary>
    public List<(OffloadHistory Of, int Operations, Task<SnapshotInfo> Call)> Snapshots { get; } = [];

    /// <summary>Deleted streams whose roots may still be there.</summary>
    public IReadOnlyList<OffloadHistory> Former => _former;

    public void Begin(NameAct act) => Act = act;

    /// <summary>The act on the way was refused and had no effect.</summary>
    public void Refused() => Act = NameAct.None;

    public void Created(StreamId id) => (Act, Present, Driver) = (NameAct.None, new OffloadHistory(id), null);

    public void Deleted()
    {
        _former.Add(Present!);
        (Act, Present, Driver) = (NameAct.None, null, null);
    }

    /// <summary>It is known that no root of a deleted stream is left.</summary>
    public void Forget(OffloadHistory former) => _former.Remove(former);

    /// <summary>The process died; a new one found a stream of this name, or none.</summary>
    public void Restart(StreamId? id, StreamSight? found)
    {
        var (act, expected) = (Act, Present?.Model.Expect());
        (Act, Driver) = (NameAct.None, null);
        Snapshots.Clear();
        if (id is not { } known)
        {
            if (Present is not null && act != NameAct.Delete)
                throw new BrokenPromiseException($"Stream {Name} is gone.");

            if (Present is not null)
                Deleted();

            return;
        }

        if (Present is null)
        {
            if (act != NameAct.Create || _former.Any(former => former.Id == known))
                throw new BrokenPromiseException($"Stream {Name} is there, and nobody made it, or its deletion was acknowledged.");

            Created(known);
            expected = Present!.Model.Expect();
        }
        else if (Present.Id != known)
        {
            throw new BrokenPromiseException($"Stream {Name} is another one.");
        }

        Present!.Restart(expected!, found!, Name.Value);
    }

    /// <summary>The disk was lost; what the store gave back under this name, or nothing.</summary>
    public void Rebuild(RestoredStream? report, StreamSight? found)
    {
        var candidates = Present is null ? _former : [.. _former, Present];
        var (act, present) = (Act, Present);
        (Act, Driver) = (NameAct.None, null);
        Snapshots.Clear();
        Present = report is null ? null
            : candidates.FirstOrDefault(candidate => candidate.Id == report.Id)
            ?? (act == NameAct.Create ? new OffloadHistory(report.Id) : throw new BrokenPromiseException($"Stream {Name} was rebuilt with an id that nobody knows."));
        if (present is { IsPublished: true } && Present != present && act != NameAct.Delete)
            throw new BrokenPromiseException($"Stream {Name} was published, and {(Present is null ? "nothing" : "an older one")} came back.");

        Present?.Rebuild(report!, found!);
        _former.Clear();
    }
}
