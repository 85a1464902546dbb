using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Orleans.Log.Engine.Pipeline;

/// <summary>
/// A stream's entries from the first that is not committed on, in order: what becomes visible with each, and who waits for it. A ring over the dense entry numbers, so that
/// committing a thousand appends is one walk over their slots and touches none of the calls but those that somebody awaits. Guarded by the stream's lock. Holds no memory while it is empty,
/// and one entry alone lies in a slot of its own: an append that is waited for before the next is made rents nothing.
/// </summary>
internal struct PendingEntries
{
    private const int Smallest = 16;

    private PendingEntry[]? _ring;
    private PendingEntry _only;
    private long _first;
    private int _count;

    /// <summary>The slot of an entry that is not committed; entries before it that have none yet get one.</summary>
    [UnscopedRef]
    public ref PendingEntry At(long entry)
    {
        if (_count == 0)
            _first = entry;

        var needed = (int)(entry - _first) + 1;
        if (needed > _count)
        {
            if (needed > (_ring?.Length ?? 1))
                Grow(needed);

            _count = needed;
        }

        return ref Slot(entry);
    }

    /// <summary>Takes the oldest entry, if it is not above the one given.</summary>
    public bool TryTake(long through, out PendingEntry taken)
    {
        if (_count == 0 || _first > through)
        {
            taken = default;
            return false;
        }

        ref var slot = ref Slot(_first);
        taken = slot;
        slot = default;
        _first++;
        if (--_count == 0 && _ring is not null)
        {
            ArrayPool<PendingEntry>.Shared.Return(_ring);
            _ring = null;
        }

        return true;
    }

    // Lengths of the pool's arrays are powers of two, and every slot goes back empty.
    [UnscopedRef]
    private ref PendingEntry Slot(long entry)
    {
        if (_ring is null)
            return ref _only;

        return ref _ring[entry & (_ring.Length - 1)];
    }

    private void Grow(int needed)
    {
        var larger = ArrayPool<PendingEntry>.Shared.Rent(Math.Max(Smallest, needed));
        for (var entry = _first; entry < _first + _count; entry++)
        {
            larger[entry & (larger.Length - 1)] = Slot(entry);
            Slot(entry) = default;
        }

        if (_ring is not null)
            ArrayPool<PendingEntry>.Shared.Return(_ring);

        _ring = larger;
    }
}

/// <summary>What an entry that is not committed yet brings.</summary>
internal struct PendingEntry
{
    /// <summary>Tail of the stream once it is committed; 0 if it holds no records.</summary>
    public long Tail;

    /// <summary>Timestamp of its last record.</summary>
    public long LastTimestamp;

    /// <summary>Bytes of the stream's bound that its calls hold.</summary>
    public long Charge;

    /// <summary>Calls that have their outcome when it is committed.</summary>
    public int Calls;

    /// <summary>Those of them that have to be told: every trim, fence and seal, and appends that somebody awaits.</summary>
    public PendingOps Told;
}
