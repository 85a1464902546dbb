namespace Orleans.Log.Engine.Pipeline;

/// <summary>
/// Pending appends at rest. Each thread keeps up to two bundles for itself, and exchanges whole ones with the others, so that the lock is taken
/// once for a bundle and not for every append. Safe for use by any number of threads.
/// </summary>
internal sealed class PendingAppendPool
{
    /// <summary>Most objects at rest for all threads, about 150 bytes each; more are given to the garbage collector.</summary>
    public const int Capacity = 8_192;

    private const int BundleSize = 64;

    [ThreadStatic]
    private static Kept? t_kept;

    private readonly Lock _gate = new();
    private readonly Stack<Bundle> _bundles = new();

    /// <summary>One to use.</summary>
    public PendingAppend Rent()
    {
        var kept = OfThisThread();
        if (kept.Current.Count == 0)
            Refill(kept);

        return kept.Current.TryTake() ?? new PendingAppend(this);
    }

    /// <summary>Takes one back.</summary>
    public void Return(PendingAppend op)
    {
        var kept = OfThisThread();
        if (kept.Current.Count == BundleSize)
            Spare(kept);

        kept.Current.Add(op);
    }

    // What a thread keeps is of the pool that it used last; threads that serve two nodes in turn are a test's.
    private Kept OfThisThread()
    {
        if (t_kept is { } kept && kept.Pool == this)
            return kept;

        return t_kept = new Kept(this);
    }

    private void Refill(Kept kept)
    {
        if (kept.Full.Count > 0)
        {
            (kept.Current, kept.Full) = (kept.Full, default);
            return;
        }

        lock (_gate)
        {
            if (_bundles.TryPop(out var bundle))
                kept.Current = bundle;
        }
    }

    private void Spare(Kept kept)
    {
        if (kept.Full.Count > 0)
        {
            lock (_gate)
            {
                if (_bundles.Count < Capacity / BundleSize)
                    _bundles.Push(kept.Full);
            }
        }

        (kept.Full, kept.Current) = (kept.Current, default);
    }

    private sealed class Kept(PendingAppendPool pool)
    {
        public PendingAppendPool Pool { get; } = pool;

        public Bundle Current;
        public Bundle Full;
    }

    /// <summary>A chain of some, by their own links.</summary>
    private struct Bundle
    {
        private PendingAppend? _first;

        public int Count { get; private set; }

        public void Add(PendingAppend op)
        {
            op.Next = _first;
            _first = op;
            Count++;
        }

        public PendingAppend? TryTake()
        {
            if (_first is not { } op)
                return null;

            _first = (PendingAppend?)op.Next;
            op.Next = null;
            Count--;
            return op;
        }
    }
}
