using Orleans.Log.Engine.Pipeline;

namespace Orleans.Log.Engine.Offload;

/// <summary>
/// Decides whose turn it is. A dirty stream ages until it is full, until it is asked for, or until the oldest one is due; then everything that is dirty becomes ready with
/// that one, so that streams which are written a little now and then share their blobs and no interval has more of them than it must. Ready streams are served first come first
/// served; one that has more goes to the end of the queue after each turn.
/// <para>Safe for use by any number of threads. Its lock is taken under that of a stream, so it takes none in turn, and calls nobody under it.</para>
/// </summary>
internal sealed class OffloadSchedule : IOffloadMarks, IDisposable
{
    /// <summary>
    /// Most streams of one round: a bound on what it holds in memory. Every round writes each root page that it has a stream of, so many quiet streams must go together.
    /// </summary>
    public const int StreamsPerRound = 16_384;

    private readonly Lock _gate = new();
    private readonly LinkedList<OffloadTicket> _aging = new();
    private readonly LinkedList<OffloadTicket> _ready = new();
    private readonly LinkedList<OffloadTicket> _working = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _age;
    private readonly ITimer _due;
    private Action _wake = static () => { };
    private TaskCompletionSource? _idle;
    private bool _draining;
    private bool _stopped;

    public OffloadSchedule(OffloadOptions options, TimeProvider time)
    {
        (SegmentBytes, _age, _time) = (options.SegmentBytes, options.SegmentAge, time);
        _due = time.CreateTimer(static state => ((OffloadSchedule)state!).OnDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public long SegmentBytes { get; }

    /// <summary>Streams that are not clean.</summary>
    public int Pending
    {
        get
        {
            lock (_gate)
                return _aging.Count + _ready.Count + _working.Count;
        }
    }

    /// <summary>How long the oldest change has waited for its publication; null if there is none.</summary>
    public TimeSpan? Oldest
    {
        get
        {
            lock (_gate)
            {
                long? oldest = null;
                foreach (var ticket in _working.Concat(_ready).Concat(_aging.Take(1)))
                    oldest = oldest < ticket.Since ? oldest : ticket.Since;

                return oldest is { } since ? _time.GetElapsedTime(since) : null;
            }
        }
    }

    /// <summary>What is called, under no lock, when there is work for a worker. Set once, before the first stream is in use.</summary>
    public void OnWork(Action wake) => _wake = wake;

    /// <inheritdoc/>
    public void OnDirty(StreamPipeline stream)
    {
        lock (_gate)
        {
            var ticket = TicketOf(stream);
            if (ticket.Standing == OffloadStanding.Clean)
                Age(ticket, _time.GetTimestamp());
            else
                ticket.Again = _time.GetTimestamp();
        }
    }

    /// <inheritdoc/>
    public void OnFull(StreamPipeline stream)
    {
        lock (_gate)
        {
            if (!MakeReady(TicketOf(stream)))
                return;
        }

        // The caller holds the stream's lock, and a worker would begin by taking it.
        ThreadPool.UnsafeQueueUserWorkItem(static schedule => schedule._wake(), this, preferLocal: false);
    }

    /// <summary>From now on a stream that has more is ready again at once; one that has a damage of its own is left where it is.</summary>
    public void Drain()
    {
        lock (_gate)
            _draining = true;

        MakeAllReady();
    }

    /// <summary>Takes the streams out of their age's queue: everything that is dirty and not at work.</summary>
    public void MakeAllReady()
    {
        lock (_gate)
        {
            while (_aging.First is { } first)
                MakeReady(first.Value);
        }

        _wake();
    }

    /// <summary>Those of the streams that are dirty and wait go before all others.</summary>
    public void Hurry(IEnumerable<StreamPipeline> streams)
    {
        lock (_gate)
        {
            foreach (var stream in streams)
            {
                if (stream.Ticket is { Standing: OffloadStanding.Aging or OffloadStanding.Ready } ticket)
                {
                    ticket.Node.List!.Remove(ticket.Node);
                    ticket.Standing = OffloadStanding.Ready;
                    _ready.AddFirst(ticket.Node);
                }
                else if (stream.Ticket is { Standing: OffloadStanding.Working } busy)
                {
                    busy.Urgent = true;
                }
            }
        }

        _wake();
    }

    /// <summary>Ends when everything that the stream had ordered before the call is published. Fails with the round that carried it.</summary>
    public Task WhenPublishedAsync(StreamPipeline stream)
    {
        Task published;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopped, this);
            var ticket = TicketOf(stream);
            if (ticket.Standing == OffloadStanding.Working || ticket.Job is not null)
            {
                ticket.Urgent = true;
                published = (ticket.NextWaiter ??= NewWaiter()).Task;
            }
            else
            {
                published = (ticket.Waiter ??= NewWaiter()).Task;
                if (ticket.Standing == OffloadStanding.Clean)
                    ticket.Since = _time.GetTimestamp();

                MakeReady(ticket);
            }
        }

        _wake();
        return published;
    }

    /// <summary>Takes the next round's streams: one with a segment of its own, or several that fit into one. Empty if nobody is ready.</summary>
    public List<OffloadTicket> Take()
    {
        var taken = new List<OffloadTicket>();
        lock (_gate)
        {
            long bytes = 0;
            while (_ready.First is { Value: var ticket } && taken.Count < StreamsPerRound)
            {
                var uncut = ticket.Job?.BytesLeft ?? ticket.Stream.Uncut;
                if (taken.Count > 0 && bytes + uncut > SegmentBytes)
                    break;

                _ready.RemoveFirst();
                _working.AddLast(ticket.Node);
                ticket.Standing = OffloadStanding.Working;
                if (ticket.Job is null)
                    (ticket.Again, ticket.Urgent) = (null, false);

                taken.Add(ticket);
                bytes += uncut;
            }
        }

        return taken;
    }

    /// <summary>A stream has had its turn and is published, or there is nothing of it to publish any more.</summary>
    /// <param name="ticket">Whose.</param>
    /// <param name="damaged">It could not be published for a reason of its own, and comes again only with age.</param>
    public void Done(OffloadTicket ticket, bool damaged)
    {
        TaskCompletionSource? waiter, idle;
        lock (_gate)
        {
            _working.Remove(ticket.Node);
            (waiter, ticket.Waiter, ticket.NextWaiter) = (ticket.Waiter, ticket.NextWaiter, null);
            ticket.Standing = OffloadStanding.Clean;
            if (ticket.Again is { } since && !(damaged && _draining))
                Age(ticket, since);

            if (ticket.Waiter is not null || (!damaged && (ticket.Urgent || (_draining && ticket.Again is not null))))
                MakeReady(ticket);

            (ticket.Again, ticket.Urgent) = (null, false);
            idle = TakeIdle();
        }

        waiter?.TrySetResult();
        idle?.TrySetResult();
    }

    /// <summary>Ends when no stream is dirty, nor at work.</summary>
    public Task WhenIdleAsync()
    {
        lock (_gate)
            return IsIdle ? Task.CompletedTask : (_idle ??= NewWaiter()).Task;
    }

    /// <summary>A stream has had its turn, and is to have another one at the end of the queue: it has more, or it failed.</summary>
    /// <param name="ticket">Whose.</param>
    /// <param name="failure">Why it failed, for those who wait; null if it just has more.</param>
    public void Return(OffloadTicket ticket, Exception? failure)
    {
        TaskCompletionSource? waiter = null;
        lock (_gate)
        {
            _working.Remove(ticket.Node);
            if (failure is not null)
                (waiter, ticket.Waiter) = (ticket.Waiter, null);

            ticket.Standing = OffloadStanding.Clean;
            MakeReady(ticket);
        }

        waiter?.TrySetException(failure!);
    }

    /// <summary>Streams that wait for a worker.</summary>
    public int Ready
    {
        get
        {
            lock (_gate)
                return _ready.Count;
        }
    }

    /// <summary>Nobody waits any longer, and nobody may begin to.</summary>
    public void Stop(Exception why)
    {
        List<TaskCompletionSource> waiters = [];
        lock (_gate)
        {
            _stopped = true;
            foreach (var ticket in _ready)
            {
                if (ticket.Waiter is { } waiter)
                    waiters.Add(waiter);

                ticket.Waiter = null;
            }
        }

        foreach (var waiter in waiters)
            waiter.TrySetException(why);
    }

    /// <inheritdoc/>
    public void Dispose() => _due.Dispose();

    private static OffloadTicket TicketOf(StreamPipeline stream) => stream.Ticket ??= new OffloadTicket(stream);

    private static TaskCompletionSource NewWaiter()
    {
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = waiter.Task.ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return waiter;
    }

    private void Age(OffloadTicket ticket, long since)
    {
        (ticket.Standing, ticket.Since) = (OffloadStanding.Aging, since);
        _aging.AddLast(ticket.Node);
        if (_aging.Count == 1)
            ArmFor(ticket);
    }

    private bool IsIdle => _aging.Count + _ready.Count + _working.Count == 0;

    private TaskCompletionSource? TakeIdle()
    {
        if (!IsIdle)
            return null;

        (var idle, _idle) = (_idle, null);
        return idle;
    }

    private bool MakeReady(OffloadTicket ticket)
    {
        if (ticket.Standing is OffloadStanding.Working or OffloadStanding.Ready)
        {
            ticket.Urgent = true;
            return false;
        }

        ticket.Node.List?.Remove(ticket.Node);
        ticket.Standing = OffloadStanding.Ready;
        _ready.AddLast(ticket.Node);
        return true;
    }

    private void ArmFor(OffloadTicket ticket)
    {
        var left = _age - _time.GetElapsedTime(ticket.Since);
        _due.Change(left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    // The timer may be about one that is long gone from the queue: it is armed only when the queue begins, and looks here at who is first by now.
    private void OnDue()
    {
        lock (_gate)
        {
            if (_aging.First is not { Value: var oldest } || _stopped)
                return;

            if (_time.GetElapsedTime(oldest.Since) < _age)
            {
                ArmFor(oldest);
                return;
            }
        }

        MakeAllReady();
    }
}
