using System.Runtime.CompilerServices;
using Orleans.Log.Engine.Reading;

namespace Orleans.Log.Engine.Pipeline;

/// <content>
/// How a read is decided: under the lock, from what is committed; if there is nothing yet and the request may wait, the waiter is in the list
/// before the lock is free, so no commit is missed. Reading itself is done by the caller's thread without a lock.
/// </content>
internal sealed partial class StreamPipeline
{
    /// <summary>See <see cref="ILogStream.ReadAsync"/>.</summary>
    public ValueTask<ReadPage> ReadAsync(ReadRequest request, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<ReadPage>(cancellationToken);

        if (ReadPlan.Refuse(request) is { } bad)
            return ValueTask.FromException<ReadPage>(bad);

        var deadline = Deadline(request.Wait);
        try
        {
            var step = TryRead(request, deadline, waited: false);
            return step.Page is { } page ? new(page) : GoOnAsync(request, step, deadline, cancellationToken);
        }
        catch (LogException refusal)
        {
            return ValueTask.FromException<ReadPage>(refusal);
        }
    }

    /// <inheritdoc/>
    IndexEntry? IStreamPlaces.Find(long lsn)
    {
        lock (_gate)
            return _index.Floor(lsn);
    }

    /// <inheritdoc/>
    void IStreamPlaces.Remember(in IndexEntry stop)
    {
        lock (_gate)
        {
            if (stop.Lsn >= _committed.Offloaded)
                _index.Remember(stop);
        }
    }

    /// <inheritdoc/>
    bool ITailWaiterOwner.TryUnlink(TailWaiter waiter, bool ifDue)
    {
        lock (_gate)
            return waiter.WaitsAt(this) && (!ifDue || _node.Time.GetTimestamp() >= waiter.Deadline) && _waiters.Remove(waiter);
    }

    // Every wait of a follower is one.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadPage> GoOnAsync(ReadRequest request, ReadStep step, long deadline, CancellationToken cancellationToken)
    {
        for (var waited = false; ; step = TryRead(request, deadline, waited))
        {
            if (step.Page is { } page)
                return page;

            if (step.Waiter is not { } waiter)
            {
                var read = await ReadStoreAsync(step.InStore, cancellationToken);
                if (read is { Page: { } found })
                    return found;

                // What was looked for by its time is in no segment: it is the first record behind them, or one that is missing, if the segments could be asked at all.
                request = read is { } nothing ? request with { Origin = ReadOrigin.Lsn, Start = nothing.Next, Clamp = true } : request;
                continue;
            }

            var woken = waiter.Task;
            waiter.Arm(cancellationToken);
            waited = true;
            if (!await woken)
                deadline = 0;
        }
    }

    /// <summary>Reads what is in the store only; null if that has to be decided again.</summary>
    private async ValueTask<SegmentPage?> ReadStoreAsync(ReadPlan plan, CancellationToken cancellationToken)
    {
        try
        {
            return await _node.Segments!.ReadAsync(Id, plan, cancellationToken);
        }
        catch (LogException error) when (error.Code == LogErrorCode.Corrupt && IsGone(plan))
        {
            return null;
        }
    }

    /// <summary>A page, or a waiter that is linked already, or a plan of what to read from the store.</summary>
    private ReadStep TryRead(in ReadRequest request, long deadline, bool waited)
    {
        while (true)
        {
            ReadPlan plan;
            lock (_gate)
            {
                plan = Plan(request, deadline, waited, out var waiter);
                if (waiter is not null)
                    return new ReadStep(null, waiter, default);
            }

            if (plan.InStore)
                return new ReadStep(null, null, plan);

            try
            {
                return new ReadStep(new PageReader(_node.Wal, Id, this).Read(plan), null, default);
            }
            catch (LogException error) when (error.Code is LogErrorCode.Corrupt or LogErrorCode.Trimmed)
            {
                // What was to be read may have been given up and reclaimed meanwhile: decide again.
                if (!WasTrimmed(plan))
                    throw new LogException(LogErrorCode.Corrupt, error.Message, error.Facts, error);
            }
        }
    }

    /// <summary>What was to be read from the store may have been given up and swept meanwhile.</summary>
    private bool IsGone(in ReadPlan plan)
    {
        lock (_gate)
            return _deleted || _committed.Head > plan.Stream.Head;
    }

    private bool WasTrimmed(in ReadPlan plan)
    {
        lock (_gate)
            return _committed.Head > plan.Stream.Head || _committed.Offloaded > plan.Stream.Offloaded;
    }

    private ReadPlan Plan(in ReadRequest request, long deadline, bool waited, out TailWaiter? waiter)
    {
        waiter = null;
        if (_deleted)
            throw NotFound();

        var plan = new ReadPlan
        {
            Since = request.Start,
            MaxRecords = request.MaxRecords ?? ReadPlan.DefaultRecords,
            MaxBytes = request.MaxBytes ?? ReadPlan.DefaultBytes,
            Until = request.Until ?? long.MaxValue,
            Stream = _committed.Position,
            EachFrom = _index.EachFrom,
        };

        var start = StartOf(request, waited);
        if (start >= _committed.Tail)
        {
            if (!_committed.Sealed && _node.Time.GetTimestamp() < deadline)
            {
                // A wait that was interrupted ends with an empty page. A new one is refused, or those who follow would go round and round.
                if (_interrupted && !waited)
                    throw new LogException(LogErrorCode.Draining, "The node is shutting down.");

                waiter = _interrupted ? null : AddWaiter(start.Value, deadline);
            }

            return plan with { EmptyAt = start.Value };
        }

        var fault = start is { } first ? _faulty?.At(first) : null;
        if (fault is { } damaged && damaged.From <= start)
            throw new LogException(LogErrorCode.Corrupt, $"Records {damaged.From} to {damaged.To - 1} were damaged on disk.", Facts("damaged", damaged.To));

        var lost = start is { } wanted ? _lost?.At(wanted) : null;
        if (lost is { } gone && gone.From <= start)
            throw new LogException(LogErrorCode.Corrupt, $"What stood from {gone.From} on was lost with a log; the stream goes on at {gone.To}.", Facts("lost", gone.To));

        var end = Math.Min(fault?.From ?? long.MaxValue, lost?.From ?? long.MaxValue);

        var from = start is { } lsn ? _index.Floor(lsn) : _index.FloorByTime(request.Start, _committed.Head);
        if (IsInStore(start, from, request.Start))
            return plan with { Start = start, InStore = true, End = Math.Min(_committed.Offloaded, end) };

        if (from is null)
            throw new LogException(LogErrorCode.Corrupt, "The record was acknowledged and cannot be found.", Facts("missing"));

        return plan with { Start = start, From = from.Value, End = Math.Min(_committed.Tail, end) };
    }

    /// <summary>Does the first record that is wanted lie in the store, or may it? By time it does not if an older one stands in the log.</summary>
    private bool IsInStore(long? start, IndexEntry? from, long since) =>
        start is { } lsn ? lsn < _committed.Offloaded : _committed.Head < _committed.Offloaded && (from is not { } place || place.Timestamp >= since);

    /// <summary>The first LSN that is wanted; null if only its time is known.</summary>
    private long? StartOf(in ReadRequest request, bool waited)
    {
        var (head, tail) = (_committed.Head, _committed.Tail);
        if (request.Origin == ReadOrigin.Timestamp)
            return tail == head || _committed.LastTimestamp is not { } last || last < request.Start ? tail : null;

        if (request.Origin == ReadOrigin.Last)
            return Math.Max(head, tail - request.Start);

        if (request.Clamp)
            return Math.Clamp(request.Start, head, tail);

        if (request.Start < head)
            throw new LogException(LogErrorCode.Trimmed, $"Records below {head} were given up.", Facts());

        if (request.Start > tail && (_committed.Sealed || (!waited && request.Wait <= TimeSpan.Zero)))
            throw new LogException(LogErrorCode.Unwritten, $"The tail is {tail}.", Facts());

        return request.Start;
    }

    private TailWaiter AddWaiter(long above, long deadline)
    {
        if (_waiters.Count >= _node.Bounds.WaitingReaders)
        {
            throw new LogException(
                LogErrorCode.TooManyInFlight,
                "The stream has as many waiting reads as it may.",
                new LogErrorFacts(Limit: _node.Bounds.WaitingReaders, Unit: "reads"));
        }

        var waiter = _node.Waiters.Rent();
        waiter.Begin(this, above, deadline);
        _waiters.Add(waiter);
        return waiter;
    }

    private long Deadline(TimeSpan wait) =>
        wait > TimeSpan.Zero ? _node.Time.GetTimestamp() + (long)(wait.TotalSeconds * _node.Time.TimestampFrequency) : 0;

    private readonly record struct ReadStep(ReadPage? Page, TailWaiter? Waiter, ReadPlan InStore);
}
