using Orleans.Log.Engine.Reading;
using Orleans.Log.Engine.Replication;

namespace Orleans.Log.Engine.Pipeline;

/// <summary>
/// One log stream of the node: its state, its order, its appends in flight, its readers. Its life is
/// <list type="number">
/// <item>made, empty;</item>
/// <item>recovered, by one thread: at most one <see cref="Restore"/>, then <see cref="Replay"/> for every entry of the stream in WAL order
/// (also those below the as-of, which only tell where records stand), then <see cref="MarkSuspect"/> if its last state is not proved, then
/// <see cref="CompleteRecovery"/>. A stream that was just created skips this step;</item>
/// <item>opened by its first user: <see cref="OpenAsync"/> takes a term, durably;</item>
/// <item>used, until it is deleted or the node stops.</item>
/// </list>
/// Everything after recovery is safe for use by any number of threads. There is one lock per stream, never held across I/O or user code. Cursors
/// keep this order: committed head ≤ offloaded ≤ committed tail ≤ ordered tail. A stream that is not in use has no task, timer, file or buffer.
/// </summary>
internal sealed partial class StreamPipeline : IReplicaObserver, ITailWaiterOwner, IStreamPlaces
{
    private readonly Lock _gate = new();
    private readonly StreamNode _node;
    private readonly LocalReplica _replica;
    private StreamState _state = new();
    private StreamIndex _index = new();
    private Committed _committed;
    private PendingEntries _pending;
    private long _inFlight;
    private TailWaiterList _waiters;
    private volatile StreamConfig _config;

    // Of the configuration, for each append.
    private volatile int _maxRecordBytes;

    // About what its fields take.
    private const int ObjectBytes = 640;
    private const int ReplicaBytes = 192;

    /// <summary>An empty stream.</summary>
    public StreamPipeline(StreamId id, StreamConfig config, StreamNode node)
    {
        Id = id;
        (_config, _maxRecordBytes) = (config, config.MaxRecordBytes);
        _node = node;
        _replica = new LocalReplica(node.Id, id, node.Wal, node.Time, _gate, this);
        _markAt = node.Offload is null ? long.MaxValue : 1;
    }

    /// <summary>Its identity.</summary>
    public StreamId Id { get; }

    /// <summary>Its configuration in force. Set by the catalog once the change is durable.</summary>
    public StreamConfig Config
    {
        get => _config;
        set => (_config, _maxRecordBytes) = (value, value.MaxRecordBytes);
    }

    /// <summary>This node's copy of the stream.</summary>
    public IReplica Replica => _replica;

    /// <summary>How it stands, as far as committed; at least everything acknowledged before. Also on a stream that was never opened.</summary>
    public StreamStatus Status
    {
        get
        {
            lock (_gate)
            {
                return new StreamStatus(
                    _committed.Head,
                    _committed.Tail,
                    _committed.Sealed,
                    _committed.Fenced,
                    _replica.Tenure.Term,
                    _state.Bytes,
                    _committed.LastTimestamp,
                    IsDamaged,
                    _committed.Offloaded);
            }
        }
    }

    /// <summary>Has the processor fetch what an append is going to use.</summary>
    private void PrefetchForAppend()
    {
        Prefetch.Object(this, ObjectBytes);
        Prefetch.Object(_gate);
        Prefetch.Object(_replica, ReplicaBytes);
        _index.PrefetchForAdd();
    }
}

/// <summary>How a stream stands, as far as committed; what <see cref="StreamDescription"/> says beyond the catalog.</summary>
/// <param name="Head">Lowest LSN that can be read.</param>
/// <param name="Tail">Everything below can be read.</param>
/// <param name="Sealed">Ended for good.</param>
/// <param name="Fenced">A token is set.</param>
/// <param name="Term">Highest term taken; 0 before the first.</param>
/// <param name="Bytes">Stored bytes between head and tail, an estimate.</param>
/// <param name="LastTimestamp">Timestamp of the last record.</param>
/// <param name="Damaged">Part of it was lost, or may have been: it takes no appends.</param>
/// <param name="Offloaded">Everything below is in published segments, or was given up.</param>
internal readonly record struct StreamStatus(
    long Head, long Tail, bool Sealed, bool Fenced, long Term, long Bytes, long? LastTimestamp, bool Damaged, long Offloaded)
{
    /// <summary>Head and tail.</summary>
    public StreamPosition Position => new(Head, Tail, Sealed, LastTimestamp, Offloaded);
}
