using System.Diagnostics.CodeAnalysis;

namespace Orleans.Log.Engine.Reading;

/// <summary>Something that a cache holds. Whoever was given it holds it as well, until <see cref="Release"/>: only the last one lets its memory go.</summary>
internal abstract class Cached
{
    private int _holders = 1;

    /// <summary>What it costs, in the unit of the cache's capacity.</summary>
    public abstract long Weight { get; }

    /// <summary>Is it worth keeping for others than those who wait for it?</summary>
    public virtual bool IsKept => true;

    /// <summary>One more holds it, at the word of one that does already.</summary>
    public void Retain() => Interlocked.Increment(ref _holders);

    /// <summary>One less holds it.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
            Free();
    }

    /// <summary>Lets its memory go.</summary>
    protected virtual void Free()
    {
    }
}

/// <summary>
/// What was loaded lately, up to a capacity. What several want at once is loaded once; a failure is everybody's and is not kept. Safe for use by any number
/// of threads.
/// </summary>
/// <param name="capacity">Sum of the weights that is kept; what is in use comes on top.</param>
internal sealed class LoadingCache<TKey, TValue>(long capacity)
    where TKey : notnull
    where TValue : Cached
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, Slot> _slots = [];
    private readonly LinkedList<Slot> _byUse = [];
    private long _weight;

    /// <summary>Sum of the weights that are kept now.</summary>
    public long Weight
    {
        get
        {
            lock (_gate)
                return _weight;
        }
    }

    /// <summary>What is kept under a key, held for the caller; null if nothing is, or not yet.</summary>
    public TValue? Find(TKey key)
    {
        lock (_gate)
            return _slots.TryGetValue(key, out var slot) && slot.Value is not null ? Use(slot) : null;
    }

    /// <summary>Is it kept, or being loaded?</summary>
    public bool Knows(TKey key)
    {
        lock (_gate)
            return _slots.ContainsKey(key);
    }

    /// <summary>
    /// What is kept under a key, held for the caller, or else what <paramref name="load"/> brings. Loading goes on when a caller gives up waiting for it:
    /// others may wait as well.
    /// </summary>
    public ValueTask<TValue> GetAsync<TState>(TKey key, TState state, Func<TState, Task<TValue>> load, CancellationToken cancellationToken)
    {
        Slot? slot;
        var begins = false;
        lock (_gate)
        {
            if (!_slots.TryGetValue(key, out slot))
            {
                begins = true;
                _slots.Add(key, slot = new Slot(key));
            }
            else if (slot.Value is not null)
            {
                return new(Use(slot));
            }

            slot.Waiting++;
        }

        if (begins)
            _ = LoadAsync(slot, state, load);

        return new(WaitAsync(slot, cancellationToken));
    }

    /// <summary>Takes something that came along with something else. It belongs to the cache from here on.</summary>
    public void Put(TKey key, TValue value)
    {
        List<TValue> gone = [];
        lock (_gate)
        {
            var slot = new Slot(key) { Value = value };
            if (_slots.TryAdd(key, slot))
                Keep(slot, gone);
            else
                gone.Add(value);
        }

        Release(gone);
    }

    /// <summary>Forgets what is kept under a key; not what is being loaded.</summary>
    public void Remove(TKey key)
    {
        TValue? gone;
        lock (_gate)
        {
            if (!_slots.TryGetValue(key, out var slot) || slot.Value is null)
                return;

            gone = Drop(slot);
        }

        gone.Release();
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever failed, those who wait get it.")]
    private async Task LoadAsync<TState>(Slot slot, TState state, Func<TState, Task<TValue>> load)
    {
        try
        {
            var value = await load(state);
            List<TValue> gone = [];
            lock (_gate)
            {
                slot.Value = value;
                for (var i = 0; i < slot.Waiting; i++)
                    value.Retain();

                Keep(slot, gone);
            }

            slot.Loaded.SetResult(value);
            Release(gone);
        }
        catch (Exception error)
        {
            lock (_gate)
                _slots.Remove(slot.Key);

            slot.Loaded.SetException(error);

            // It may be that nobody waits any more.
            _ = slot.Loaded.Task.Exception;
        }
    }

    private async Task<TValue> WaitAsync(Slot slot, CancellationToken cancellationToken)
    {
        try
        {
            return await slot.Loaded.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            TValue? held;
            lock (_gate)
            {
                held = slot.Value;
                slot.Waiting -= held is null ? 1 : 0;
            }

            held?.Release();
            throw;
        }
    }

    private TValue Use(Slot slot)
    {
        _byUse.Remove(slot.Node!);
        _byUse.AddFirst(slot.Node!);
        slot.Value!.Retain();
        return slot.Value;
    }

    private void Keep(Slot slot, List<TValue> gone)
    {
        if (!slot.Value!.IsKept)
        {
            _slots.Remove(slot.Key);
            gone.Add(slot.Value);
            return;
        }

        slot.Node = _byUse.AddFirst(slot);
        _weight += slot.Value.Weight;
        while (_weight > capacity && _byUse.Last is { } last)
            gone.Add(Drop(last.Value));
    }

    private TValue Drop(Slot slot)
    {
        _byUse.Remove(slot.Node!);
        _slots.Remove(slot.Key);
        _weight -= slot.Value!.Weight;
        return slot.Value;
    }

    private static void Release(List<TValue> gone)
    {
        foreach (var value in gone)
            value.Release();
    }

    private sealed class Slot(TKey key)
    {
        public TKey Key { get; } = key;

        public TaskCompletionSource<TValue> Loaded { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public LinkedListNode<Slot>? Node { get; set; }

        /// <summary>Set once it is loaded, and from then on.</summary>
        public TValue? Value { get; set; }

        public int Waiting { get; set; }
    }
}
