using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Simulation.WalLevel;

/// <summary>A stream as the WAL knows it: a source of numbered entries that is told when they are durable.</summary>
internal sealed class TestStream(StreamId id, WalModel model, long lastEntry) : IWalSubscriber
{
    private long _durable;
    private WalSlot _slot;

    public StreamId Id => id;

    public ref WalSlot Slot => ref _slot;

    public long LastEntry { get; private set; } = lastEntry;

    public Exception? Failure { get; private set; }

    public WalItem Append(WriteAheadLog wal, byte[] body, WalEntryType type)
    {
        var entry = new WalEntry(type, WalEntryFlags.None, id, 1, 1, type == WalEntryType.Append ? 1 : 0, LastEntry, LastEntry + 1, 1000 + LastEntry);
        var position = wal.Append(entry, new TestBody(body), this);
        LastEntry++;
        var item = new WalItem(position, entry, body);
        model.Appended(item);
        return item;
    }

    public void OnDurable(long entry)
    {
        if (Failure is not null)
            throw new BrokenPromiseException($"Entry {entry} was acknowledged after the failure.");

        if (entry <= _durable)
            throw new BrokenPromiseException($"Entry {entry} was reported durable after {_durable}.");

        _durable = entry;
        model.Durable(id, entry);
    }

    public void OnFailed(Exception error) => Failure = Failure is null ? error : throw new BrokenPromiseException("Failed twice.");
}
