using System.Threading.Tasks.Sources;

namespace Orleans.Log.Engine.Reading;

/// <summary>
/// One read that waits at a tail: woken once, by new records, by its time being over, by cancellation, or because the wait makes no sense any
/// longer. Pooled with its timer. Whoever unlinks it from its list, under the stream's lock, gives it its outcome afterwards, so there is exactly one.
/// </summary>
internal sealed class TailWaiter : IValueTaskSource<bool>, IDisposable
{
    private readonly TailWaiterPool _pool;
    private readonly ITimer _timer;
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _cancellation;
    private volatile ITailWaiterOwner? _owner;
    private volatile bool _linked;
    private readonly Lock _timing = new();
    private long _deadline;
    private long _timerAt = long.MaxValue;
    private int _ends;

    /// <summary>One for the pool.</summary>
    public TailWaiter(TailWaiterPool pool)
    {
        _pool = pool;
        _timer = pool.Time.CreateTimer(static waiter => ((TailWaiter)waiter!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Neighbours in the list.</summary>
    public TailWaiter? Previous, Next;

    /// <summary>It waits until the tail is above this LSN.</summary>
    public long Above { get; private set; }

    /// <summary>It stands in the list of its stream.</summary>
    public bool IsLinked
    {
        get => _linked;
        set => _linked = value;
    }

    /// <summary>When its time is over, as a timestamp of the clock.</summary>
    public long Deadline => Volatile.Read(ref _deadline);

    /// <summary>
    /// Does it wait at this stream? Asked under that stream's lock. A late timer may ask the stream of an earlier life; the order of the two reads
    /// answers that with no, since a life gets its owner before it is linked.
    /// </summary>
    public bool WaitsAt(ITailWaiterOwner owner) => _linked && _owner == owner;

    /// <summary>Ends with true when it is worth looking again, with false when the time is over; throws if it was cancelled.</summary>
    public ValueTask<bool> Task => new(this, _core.Version);

    /// <summary>Readies it. Before it is linked, under the stream's lock.</summary>
    public void Begin(ITailWaiterOwner owner, long above, long deadline)
    {
        (Previous, Next, Above) = (null, null, above);
        Volatile.Write(ref _deadline, deadline);
        _owner = owner;
    }

    /// <summary>
    /// Starts its time, and heeds the token, once it is linked. By the reader, outside of the lock: both may call back at once.
    /// </summary>
    public void Arm(CancellationToken cancellationToken)
    {
        SetTimer();
        _cancellation = cancellationToken.UnsafeRegister(
            static (waiter, token) => ((TailWaiter)waiter!).TryEnd(static (w, t) => w._core.SetException(new OperationCanceledException(t)), ifDue: false, token), this);
    }

    /// <summary>Gives the outcome; by whoever unlinked it.</summary>
    /// <param name="woken">Is it worth looking again, or is the time over?</param>
    /// <param name="here">Does the reader go on on this thread, which has nothing else to do?</param>
    public void Complete(bool woken, bool here = false)
    {
        _core.RunContinuationsAsynchronously = !here;
        _core.SetResult(woken);
        End();
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    /// <inheritdoc/>
    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _core.GetStatus(token);

    /// <inheritdoc/>
    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    /// <inheritdoc/>
    bool IValueTaskSource<bool>.GetResult(short token)
    {
        try
        {
            // Waits for a callback that is just running, so that none reaches a later life.
            _cancellation.Dispose();
            return _core.GetResult(token);
        }
        finally
        {
            End();
        }
    }

    /// <summary>
    /// Has the timer run out no later than the time is over. It is not stopped when a wait ends, and one that runs already is left alone: most waits end by a record, and stopping and starting it would cost more
    /// than reading that.
    /// </summary>
    private void SetTimer()
    {
        lock (_timing)
        {
            var deadline = Deadline;
            if (_timerAt <= deadline)
                return;

            // Up to the next millisecond, the timer's grain: rounded down it would fire early, and again and again.
            var left = _pool.Time.GetElapsedTime(_pool.Time.GetTimestamp(), deadline);
            _timerAt = deadline;
            _timer.Change(TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling(left.TotalMilliseconds))), Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The timer may have been set for an earlier life: with the deadline still ahead it is set anew, and at rest nothing is there to be ended.</summary>
    private void OnTimer()
    {
        lock (_timing)
            _timerAt = long.MaxValue;

        if (_pool.Time.GetTimestamp() >= Deadline)
            TryEnd(static (waiter, _) => waiter._core.SetResult(false), ifDue: true, default);
        else if (_linked)
            SetTimer();
    }

    private void TryEnd(Action<TailWaiter, CancellationToken> outcome, bool ifDue, CancellationToken token)
    {
        if (_owner?.TryUnlink(this, ifDue) != true)
            return;

        outcome(this, token);
        End();
    }

    private void End()
    {
        if (Interlocked.Increment(ref _ends) != 2)
            return;

        _ends = 0;
        _core.Reset();
        _pool.Return(this);
    }
}

/// <summary>The stream that a waiter waits at.</summary>
internal interface ITailWaiterOwner
{
    /// <summary>
    /// Takes the waiter out of the list, under the stream's lock; false if somebody else did, or if its deadline must be past and is not.
    /// </summary>
    bool TryUnlink(TailWaiter waiter, bool ifDue);
}

/// <summary>Waiters at rest. Safe for use by any number of threads.</summary>
internal sealed class TailWaiterPool(TimeProvider time)
{
    /// <summary>Most waiters at rest, each with a timer, about 400 bytes.</summary>
    public const int Capacity = 1_024;

    private readonly Lock _gate = new();
    private readonly Stack<TailWaiter> _resting = new();

    /// <summary>The node's clock.</summary>
    public TimeProvider Time { get; } = time;

    /// <summary>One to use.</summary>
    public TailWaiter Rent()
    {
        lock (_gate)
        {
            if (_resting.TryPop(out var waiter))
                return waiter;
        }

        return new TailWaiter(this);
    }

    /// <summary>Takes one back.</summary>
    public void Return(TailWaiter waiter)
    {
        lock (_gate)
        {
            if (_resting.Count < Capacity)
            {
                _resting.Push(waiter);
                return;
            }
        }

        waiter.Dispose();
    }
}

/// <summary>The waiters of one stream, linked through themselves. Guarded by the stream's lock.</summary>
internal struct TailWaiterList
{
    private TailWaiter? _first;

    /// <summary>How many.</summary>
    public int Count { get; private set; }

    /// <summary>Adds one.</summary>
    public void Add(TailWaiter waiter)
    {
        waiter.Next = _first;
        if (_first is not null)
            _first.Previous = waiter;

        _first = waiter;
        waiter.IsLinked = true;
        Count++;
    }

    /// <summary>Takes one out; false if it is not in.</summary>
    public bool Remove(TailWaiter waiter)
    {
        if (!waiter.IsLinked)
            return false;

        if (waiter.Previous is null)
            _first = waiter.Next;
        else
            waiter.Previous.Next = waiter.Next;

        if (waiter.Next is not null)
            waiter.Next.Previous = waiter.Previous;

        (waiter.Previous, waiter.Next, waiter.IsLinked) = (null, null, false);
        Count--;
        return true;
    }

    /// <summary>Takes out those for which the tail is high enough, as a chain through <see cref="TailWaiter.Next"/>.</summary>
    public TailWaiter? TakeBelow(long tail)
    {
        TailWaiter? taken = null;
        for (var waiter = _first; waiter is not null;)
        {
            var next = waiter.Next;
            if (waiter.Above < tail)
            {
                Remove(waiter);
                waiter.Next = taken;
                taken = waiter;
            }

            waiter = next;
        }

        return taken;
    }

    /// <summary>Gives the waiters of a chain their outcome: look again. Outside of the lock.</summary>
    public static void Wake(TailWaiter? chain)
    {
        while (chain is not null)
        {
            // Read first: once completed, it may be at rest or in another list.
            var next = chain.Next;
            chain.Complete(woken: true);
            chain = next;
        }
    }
}
