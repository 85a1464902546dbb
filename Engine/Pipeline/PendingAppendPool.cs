namespace Orleans.Log.Engine.Pipeline;

/// <summary>
/// Pending appends at rest, of all nodes of the process. Each thread keeps up to two bundles for itself, and exchanges whole ones with the others, so that the lock is taken
/// once for a bundle and not for every append. Safe for use by any number of threads.
/// </summary>
internal static class PendingAppendPool
{
    /// <summary>Most objects at rest for all threads, about 150 bytes each; more are given to the garbage collector.</summary>
    public const int Capacity = 8_192;

    private const int BundleSize = 64;

    [ThreadStatic]
    private static Kept? t_kept;

    private static readonly Lock Gate = new();
    private static readonly Stack<Bundle> Bundles = new();

    /// <summary>One to use.</summary>
    public static PendingAppend Rent()
    {
        var kept = t_kept ??= new Kept();
        if (kept.Current.Count == 0)
            Refill(kept);

        return kept.Current.TryTake() ?? new PendingAppend();
    }

    /// <summary>Takes one back.</summary>
    public static void Return(PendingAppend op)
    {
        var kept = t_kept ??= new Kept();
        if (kept.Current.Count == BundleSize)
            Spare(kept);

        kept.Current.Add(op);
    }

    private static void Refill(Kept kept)
    {
        if (kept.Full.Count > 0)
        {
            (kept.Current, kept.Full) = (kept.Full, default);
            return;
        }

        lock (Gate)
        {
            if (Bundles.TryPop(out var bundle))
                kept.Current = bundle;
        }
    }

    private static void Spare(Kept kept)
    {
        if (kept.Full.Count > 0)
        {
            lock (Gate)
            {
                if (Bundles.Count < Capacity / BundleSize)
                    Bundles.Push(kept.Full);
            }
        }

        (kept.Full, kept.Current) = (kept.Current, default);
    }

    private sealed class Kept
    {
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
