using Orleans.Log.Grains.Wire;

namespace Orleans.Log.Grains.Calling;

/// <summary>Numbers the appends of one sender as they are made, and remembers which have no outcome yet. Safe for use by any number of threads.</summary>
internal sealed class CallOrder
{
    private readonly Guid _sender = Guid.NewGuid();
    private readonly Lock _gate = new();
    private readonly LinkedList<long> _open = [];
    private long _next;

    /// <summary>The place of the next call. <paramref name="handle"/> gives it back.</summary>
    public SenderOrder Enter(out LinkedListNode<long> handle)
    {
        lock (_gate)
        {
            handle = _open.AddLast(_next++);
            return new SenderOrder(_sender, handle.Value, _open.First!.Value);
        }
    }

    /// <summary>The call has its outcome.</summary>
    public void Leave(LinkedListNode<long> handle)
    {
        lock (_gate)
            _open.Remove(handle);
    }
}
