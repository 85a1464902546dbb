using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Simulation.WalLevel;

/// <summary>
/// What one life of a WAL was given and what it promised. Because durability is reported in WAL order, an acknowledged entry vouches for
/// every one before it.
/// </summary>
internal sealed class WalModel
{
    private readonly List<WalItem> _items;
    private int _acknowledged;
    private int _floor;
    private WalCheckpoint _checkpoint;
    private WalCheckpoint? _nextCheckpoint;

    /// <summary>After a start that delivered these entries: whatever a start delivers is durable from then on.</summary>
    public WalModel(IEnumerable<WalItem> recovered, WalCheckpoint checkpoint)
    {
        _items = [.. recovered];
        _acknowledged = _items.Count;
        _checkpoint = checkpoint;
    }

    public IReadOnlyList<WalItem> Items => _items;

    public int Acknowledged => _acknowledged;

    public void Appended(WalItem item)
    {
        if (_items.Count > 0 && item.Position <= _items[^1].Position)
            throw new BrokenPromiseException($"Entry at {item.Position} follows one at {_items[^1].Position}.");

        _items.Add(item);
    }

    /// <summary>An entry of a stream was reported durable.</summary>
    public void Durable(StreamId stream, long entry)
    {
        var index = _items.FindLastIndex(item => item.Entry.Stream == stream && item.Entry.Entry <= entry);
        if (index < 0 || _items[index].Entry.Entry != entry)
            throw new BrokenPromiseException($"Entry {entry} of {stream} was reported durable and never appended.");

        _acknowledged = Math.Max(_acknowledged, index + 1);
    }

    public void Reclaiming(WalPosition below, WalCheckpoint checkpoint)
    {
        var index = _items.FindIndex(item => item.Position >= below);
        _floor = Math.Max(_floor, index < 0 ? _items.Count : index);
        _nextCheckpoint = checkpoint;
    }

    public void Reclaimed() => (_checkpoint, _nextCheckpoint) = (_nextCheckpoint ?? _checkpoint, null);

    /// <summary>What a start must find if the machine crashed now.</summary>
    public WalExpectation Expect() => new(_items, _items.Count, _acknowledged, _floor, _checkpoint, _nextCheckpoint ?? _checkpoint);
}

/// <summary>What a start must find after a crash at one moment.</summary>
/// <param name="Items">Everything appended, in WAL order; only the first <paramref name="Count"/> count.</param>
/// <param name="Count">Appended before the crash: nothing behind it may come back.</param>
/// <param name="Acknowledged">That many are promised.</param>
/// <param name="Floor">That many may have been reclaimed.</param>
/// <param name="Checkpoint">The checkpoint that counted…</param>
/// <param name="NextCheckpoint">…and the one that was about to.</param>
internal sealed record WalExpectation(
    IReadOnlyList<WalItem> Items,
    int Count,
    int Acknowledged,
    int Floor,
    WalCheckpoint Checkpoint,
    WalCheckpoint NextCheckpoint)
{
    /// <summary>Throws unless the start delivered exactly a legal run of entries and reported nothing damaged.</summary>
    public void Check(ReplayRecorder found)
    {
        if (found.Damage.Count > 0 || found.DamagedEntries.Count > 0)
            throw new BrokenPromiseException($"Damage reported after a mere crash: {string.Join(", ", found.Damage)} {found.DamagedEntries.Count} entries.");

        if (found.Checkpoint != Checkpoint && found.Checkpoint != NextCheckpoint)
            throw new BrokenPromiseException($"Checkpoint {found.Checkpoint.Sequence} instead of {Checkpoint.Sequence} or {NextCheckpoint.Sequence}.");

        var first = FirstOf(found);
        for (var i = 0; i < found.Items.Count; i++)
        {
            if (first + i >= Count)
                throw new BrokenPromiseException($"Invented, or back from a cut: {Describe(found.Items[i])}; {Count} were appended.");

            if (!found.Items[i].Equals(Items[first + i]))
                throw new BrokenPromiseException($"Found {Describe(found.Items[i])} where {Describe(Items[first + i])} was appended.");
        }

        if (first + found.Items.Count < Acknowledged)
            throw new BrokenPromiseException($"Lost: {first + found.Items.Count} entries are left of {Acknowledged} acknowledged ones, {Count} appended.");
    }

    /// <summary>Index of the first entry found; what was reclaimed may be there or not.</summary>
    public int FirstOf(ReplayRecorder found)
    {
        if (found.Items.Count == 0)
            return Floor;

        for (var i = 0; i <= Floor && i < Count; i++)
        {
            if (Items[i].Position == found.Items[0].Position)
                return i;
        }

        throw new BrokenPromiseException($"The first entry found is {Describe(found.Items[0])}, which is not one of the first {Floor + 1} appended.");
    }

    private static string Describe(WalItem item) =>
        $"{item.Entry.Type} {item.Entry.Entry} of {item.Entry.Stream.Value % 1000} at {item.Position} ({item.Body.Length} bytes)";
}
