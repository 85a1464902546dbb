using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Simulation.WalLevel;

/// <summary>Writes down what recovery delivers, and that it delivers it in order.</summary>
internal sealed class ReplayRecorder : IWalReplay
{
    private WalPosition _reached;

    public WalCheckpoint Checkpoint { get; private set; }

    public List<WalItem> Items { get; } = [];

    public List<(WalPosition Position, WalEntry Entry)> DamagedEntries { get; } = [];

    public List<WalRange> Damage { get; } = [];

    public bool Started { get; private set; }

    public void OnStart(WriteAheadLog wal, in WalCheckpoint checkpoint)
    {
        if (Started)
            throw new BrokenPromiseException("Recovery started twice.");

        Started = true;
        Checkpoint = checkpoint;
    }

    public void OnEntry(WalPosition position, WalPosition next, in WalEntry entry, ReadOnlySpan<byte> body)
    {
        Advance(position, next);
        Items.Add(new WalItem(position, entry, body.ToArray()));
    }

    public void OnDamagedEntry(WalPosition position, WalPosition next, in WalEntry entry)
    {
        Advance(position, next);
        DamagedEntries.Add((position, entry));
    }

    public void OnDamage(WalPosition from, WalPosition to)
    {
        Advance(from, to);
        Damage.Add(new WalRange(from, to));
    }

    private void Advance(WalPosition from, WalPosition to)
    {
        if (!Started || from < _reached || to <= from)
            throw new BrokenPromiseException($"Recovery delivered {from} to {to} after {_reached}.");

        _reached = to;
    }
}
