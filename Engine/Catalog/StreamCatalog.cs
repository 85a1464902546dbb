using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Pipeline;
using Orleans.Log.Engine.Replication;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Catalog;

/// <summary>
/// Names to streams. A journal on a stream of its own in the node's WAL, applied to a map in memory: the order of changes is fixed under one
/// lock, together with their place in the WAL, and nobody is told of a change, nor of its absence, before it is durable.
/// <para>Safe for use by any number of threads, except what says "recovery": that is for one thread, before anything else. The lock is held over
/// no I/O; under it a stream's own lock may be taken, never the other way round.</para>
/// </summary>
internal sealed partial class StreamCatalog : IReplicaObserver
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<StreamName, LogNodeStream> _names = new();
    private readonly SortedNames _sorted = new();
    private readonly Queue<CatalogChange> _pending = new();
    private readonly IWal _wal;
    private readonly TimeProvider _time;
    private readonly LocalReplica _replica;
    private readonly Func<StreamId> _newId;
    private readonly Func<CatalogEntry, LogNodeStream> _newStream;

    // Of the last change ordered. What a caller saw of the map becomes true on disk when it ends.
    private Task _lastChange = Task.CompletedTask;

    /// <summary>An empty catalog.</summary>
    /// <param name="id">The node's replica.</param>
    /// <param name="wal">Where the journal goes.</param>
    /// <param name="time">Clock for what people see.</param>
    /// <param name="newId">Makes the ids of streams.</param>
    /// <param name="newStream">Makes an empty stream of an entry.</param>
    public StreamCatalog(ReplicaId id, IWal wal, TimeProvider time, Func<StreamId> newId, Func<CatalogEntry, LogNodeStream> newStream)
    {
        (_wal, _time, _newId, _newStream) = (wal, time, newId, newStream);
        _replica = new LocalReplica(id, CatalogEntry.CatalogStream, wal, time, _gate, this);
    }

    /// <summary>Number of streams.</summary>
    public int Count => _names.Count;

    /// <summary>Why changes are refused, or null: entries of the journal were damaged, so a name may be taken by a stream that is not known.</summary>
    public string? Damage { get; private set; }

    /// <summary>The stream of that name, once its creation is durable; null, once its absence is.</summary>
    public ValueTask<LogNodeStream?> FindAsync(StreamName name)
    {
        if (_names.TryGetValue(name, out var stream))
            return stream.Settled.IsCompletedSuccessfully ? new(stream) : Wait(stream, stream.Settled);

        Task last;
        lock (_gate)
            last = _lastChange;

        return last.IsCompletedSuccessfully ? default : Wait(null, last);

        static async ValueTask<LogNodeStream?> Wait(LogNodeStream? stream, Task settled)
        {
            await SettledForReading(settled);
            return stream;
        }
    }

    /// <summary>A page of the streams with a prefix, in ordinal order; one more than <paramref name="limit"/> says that there are more.</summary>
    public async ValueTask<LogNodeStream[]> ListAsync(string prefix, string after, int limit)
    {
        LogNodeStream[] page;
        Task last;
        lock (_gate)
            (page, last) = (_sorted.Page(prefix, after, limit + 1), _lastChange);

        await SettledForReading(last);
        return page;
    }

    /// <summary>
    /// The journal's own state, and the streams of that moment in ordinal order of their names. The entries belong to the capture: one that is read later may
    /// hold a change that stands behind it, and that is perhaps never durable.
    /// </summary>
    public (StreamCheckpoint State, (LogNodeStream Stream, CatalogEntry Entry)[] Streams) Capture()
    {
        lock (_gate)
        {
            var state = new StreamCheckpoint
            {
                Id = CatalogEntry.CatalogStream,
                AsOf = _wal.End,
                LastEntry = _replica.AcceptedEntry,
                Term = _replica.Tenure.Term,
                Generation = _replica.Tenure.Generation,
                Terms = [.. _replica.History],
                Suspect = Damage is not null,
            };
            return (state, _sorted.All());
        }
    }

    /// <summary>The streams of this moment, in any order.</summary>
    public IEnumerable<LogNodeStream> Streams => _names.Select(static named => named.Value);

    /// <inheritdoc/>
    void IReplicaObserver.OnDurable(IReplica replica)
    {
        lock (_gate)
        {
            while (_pending.TryPeek(out var change) && change.Entry <= replica.DurableEntry)
                _pending.Dequeue().Settle();
        }
    }

    /// <inheritdoc/>
    void IReplicaObserver.OnFailed(IReplica replica, Exception error)
    {
        lock (_gate)
        {
            while (_pending.TryDequeue(out var change))
                change.Fail(error);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever ended the change, a reader is only told that the node is gone.")]
    private static async ValueTask SettledForReading(Task settled)
    {
        try
        {
            await settled;
        }
        catch (Exception error)
        {
            throw new LogException(LogErrorCode.Draining, "The node has stopped.", new LogErrorFacts(Reason: "stopped"), error);
        }
    }
}
