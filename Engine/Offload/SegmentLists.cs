using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Offload;

/// <summary>
/// The segment lists of streams that were published lately, so that the next snapshot of one needs no reading of the last. Each is valid for the snapshot that it was read from or
/// written with, and for no other. Bounded: who was not asked for longest gives way. Safe for use by any number of threads.
/// </summary>
internal sealed class SegmentLists
{
    /// <summary>Most segments in all lists together, at about 80 bytes each; a list counts as one more.</summary>
    public const int Capacity = 256 * 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<StreamId, LinkedListNode<Known>> _known = [];
    private readonly LinkedList<Known> _byUse = new();
    private int _held;

    /// <summary>The list of a stream's snapshot, or null.</summary>
    public SegmentList? Find(RootEntry root)
    {
        lock (_gate)
        {
            if (!_known.TryGetValue(root.Id, out var node) || node.Value.Snapshot != root.Snapshot)
                return null;

            _byUse.Remove(node);
            _byUse.AddLast(node);
            return node.Value.List;
        }
    }

    /// <summary>Remembers it.</summary>
    public void Remember(RootEntry root, SegmentList list)
    {
        lock (_gate)
        {
            Forget(root.Id);
            _known.Add(root.Id, _byUse.AddLast(new Known(root.Id, root.Snapshot, list)));
            _held += CostOf(list);
            while (_held > Capacity && _byUse.Count > 1)
                Forget(_byUse.First!.Value.Id);
        }
    }

    private void Forget(StreamId id)
    {
        if (!_known.Remove(id, out var node))
            return;

        _byUse.Remove(node);
        _held -= CostOf(node.Value.List);
    }

    private static int CostOf(SegmentList list) => list.Refs.Length + 1;

    private sealed record Known(StreamId Id, PackRef Snapshot, SegmentList List);
}
