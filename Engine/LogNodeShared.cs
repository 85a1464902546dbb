using Orleans.Log.Engine.Offload;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine;

/// <summary>What the streams of a node see of it.</summary>
internal sealed class LogNodeShared(LogNodeInstruments instruments)
{
    /// <summary>The measurements.</summary>
    public LogNodeInstruments Instruments { get; } = instruments;

    /// <summary>The node's side of its store; null without one. Set once, before the node is used.</summary>
    public NodeStore? Store { get; set; }

    /// <summary>Called when the oldest record of a stream, at the position given, may not be needed any longer. Set once, before the node is used.</summary>
    public Action<WalPosition> Freed { get; set; } = static _ => { };

    /// <summary>A trim or a deletion succeeded on a stream whose oldest record stood there; null if it had none.</summary>
    public void OnFreed(WalPosition? oldest)
    {
        if (oldest is { } position)
            Freed(position);
    }
}
