namespace Orleans.Log.Engine.Reading;

/// <summary>
/// Waiting reads that have something to read, of all streams of a node, on their way to the thread pool. The thread that reports what is durable hands them over and goes on: appends are answered first, and the
/// pool is asked once for all readers that a block wakes. Each reader is an item of its own there, so none waits for another one's code. Safe for use by any number of threads.
/// </summary>
internal sealed class TailWakes : IThreadPoolWorkItem
{
    private readonly Lock _gate = new();
    private TailWaiter? _first;
    private TailWaiter? _last;
    private bool _queued;

    /// <summary>Takes a chain of waiters that are in no list any more.</summary>
    public void Add(TailWaiter? chain)
    {
        if (chain is null)
            return;

        var last = chain;
        while (last.Next is { } next)
            last = next;

        lock (_gate)
        {
            if (_last is null)
                _first = chain;
            else
                _last.Next = chain;

            _last = last;
            if (_queued)
                return;

            _queued = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute()
    {
        TailWaiter? waiter;
        lock (_gate)
        {
            waiter = _first;
            (_first, _last, _queued) = (null, null, false);
        }

        // From a thread of the pool they go into that thread's own queue, which costs little, and from which others help themselves. The last one needs no place there: nobody is behind it.
        while (waiter is not null)
        {
            var next = waiter.Next;
            waiter.Complete(woken: true, here: next is null);
            waiter = next;
        }
    }
}
