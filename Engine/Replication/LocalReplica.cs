using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Replication;

/// <summary>
/// The replica on this node's WAL. Shares the stream's lock with the leader: <see cref="Append"/> is called under it,
/// <see cref="TakeTermAsync"/> takes it. The WAL reports durability from its own loop, one call at a time.
/// </summary>
internal sealed class LocalReplica(ReplicaId id, StreamId stream, IWal wal, TimeProvider time, Lock gate, IReplicaObserver observer)
    : IReplica, IWalSubscriber
{
    private readonly TermHistory _history = new();
    private long _durableEntry;
    private TermPromise? _promises;

    // Set before the entry of a promise goes into the log, so who learns that the entry is durable sees it.
    private volatile bool _hasPromised;
    private WalSlot _slot;
    private bool _failed;

    /// <inheritdoc/>
    public ReplicaId Id { get; } = id;

    /// <inheritdoc/>
    public Tenure Tenure { get; private set; }

    /// <inheritdoc/>
    public long AcceptedEntry { get; private set; }

    /// <summary>LSN behind the last record accepted.</summary>
    public long AcceptedTail { get; private set; }

    /// <inheritdoc/>
    public long DurableEntry => Volatile.Read(ref _durableEntry);

    /// <inheritdoc/>
    ref WalSlot IWalSubscriber.Slot => ref _slot;

    /// <summary>Where each term started. Read under the stream's lock.</summary>
    public IReadOnlyList<TermStart> History => _history.Terms;

    /// <summary>Recovery: takes a checkpoint's state.</summary>
    public void Restore(StreamCheckpoint state)
    {
        Tenure = new Tenure(state.Generation, state.Term);
        (AcceptedEntry, AcceptedTail) = (state.LastEntry, state.Tail);
        _durableEntry = state.LastEntry;
        _history.Restore(state.Terms);
    }

    /// <summary>Recovery: takes an entry that the WAL holds.</summary>
    public void Replay(in WalEntry entry)
    {
        if (entry.Type == WalEntryType.Term)
            Promise(new Tenure(entry.Generation, entry.Term), entry.Lsn);

        Accepted(entry);
        _durableEntry = entry.Entry;
    }

    /// <summary>The head moved: older terms need not be known any longer. Called under the stream's lock.</summary>
    public void TrimTo(long head) => _history.TrimTo(head);

    /// <inheritdoc/>
    public Task<TermGrant> TakeTermAsync(Tenure tenure, WalClass room = WalClass.Control)
    {
        TermPromise promise;
        lock (gate)
        {
            if (!tenure.IsAbove(Tenure))
                throw new LogException(LogErrorCode.Fenced, $"Term {tenure.Term} is not above term {Tenure.Term}, which was promised.");

            Admission.ThrowIfRefused(wal.TryAdmit(0, room));
            var entry = new WalEntry(
                WalEntryType.Term,
                WalEntryFlags.None,
                stream,
                tenure.Term,
                tenure.Generation,
                Count: 0,
                AcceptedTail,
                AcceptedEntry + 1,
                time.GetUtcNow().ToUnixTimeMilliseconds());
            _hasPromised = true;
            wal.Append(entry, default(EmptyBody), this);
            Promise(tenure, AcceptedTail);
            Accepted(entry);
            promise = new TermPromise(new TermGrant(tenure, entry.Entry, entry.Lsn, [.. _history.Terms]), _promises);
            _promises = promise;
        }

        return promise.Task;
    }

    /// <inheritdoc/>
    public WalPosition Append<TBody>(in WalEntry entry, in TBody body)
        where TBody : struct, IWalBody
    {
        if (_failed)
            throw Admission.Stopped();

        if (new Tenure(entry.Generation, entry.Term) != Tenure)
            throw new LogException(LogErrorCode.Fenced, $"Term {Tenure.Term} was promised to another leader than that of term {entry.Term}.");

        if (entry.Entry != AcceptedEntry + 1)
            throw new LogException(LogErrorCode.Internal, $"Entry {entry.Entry} does not follow entry {AcceptedEntry}.");

        var position = wal.Append(entry, body, this);
        Accepted(entry);
        return position;
    }

    /// <inheritdoc/>
    void IWalSubscriber.OnDurable(long entry)
    {
        Volatile.Write(ref _durableEntry, entry);
        TermPromise? kept = null;
        if (_hasPromised)
        {
            lock (gate)
            {
                kept = TakePromises(entry);
                _hasPromised = _promises is not null;
            }
        }

        observer.OnDurable(this);
        for (; kept is not null; kept = kept.Next)
            kept.Keep();
    }

    /// <inheritdoc/>
    void IWalSubscriber.OnFailed(Exception error)
    {
        TermPromise? broken;
        lock (gate)
        {
            _failed = true;
            broken = TakePromises(long.MaxValue);
        }

        observer.OnFailed(this, error);
        for (; broken is not null; broken = broken.Next)
            broken.Break(error);
    }

    private void Promise(Tenure tenure, long start)
    {
        Tenure = tenure;
        _history.Add(new TermStart(tenure.Term, tenure.Generation, start));
    }

    private void Accepted(in WalEntry entry)
    {
        AcceptedEntry = entry.Entry;
        AcceptedTail = entry.Lsn + entry.Count;
    }

    /// <summary>Unlinks the promises up to an entry. They stand newest first, so the durable ones are a suffix of the list.</summary>
    private TermPromise? TakePromises(long entry)
    {
        ref var link = ref _promises;
        while (link is not null && link.Grant.Entry > entry)
            link = ref link.Next;

        var taken = link;
        link = null;
        return taken;
    }
}
