using Orleans.Log.Engine.Offload;
using Orleans.Log.Engine.Reading;
using Orleans.Log.Engine.Replication;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Pipeline;

/// <summary>
/// What all streams of one node share: its WAL, its clock, its bounds, its pools, and whether it still takes work. Safe for use by any number of threads.
/// </summary>
internal sealed class StreamNode(ReplicaId id, IWal wal, TimeProvider time, StreamBounds bounds)
{
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _draining;
    private volatile bool _fenced;
    private long _calls;
    private long _producers;

    /// <summary>Its identity as a replica.</summary>
    public ReplicaId Id { get; } = id;

    /// <summary>The node's write-ahead log.</summary>
    public IWal Wal { get; } = wal;

    /// <summary>The node's clock.</summary>
    public TimeProvider Time { get; } = time;

    /// <summary>Ages, for what cannot be undone.</summary>
    public LogClock Clock { get; init; } = new(time);

    /// <summary>The bounds of each stream.</summary>
    public StreamBounds Bounds { get; } = bounds;

    /// <summary>Defects planted by a suite.</summary>
    public NodeSabotage Sabotage { get; init; }

    /// <summary>Called for each append that is rejected because too many producers are remembered.</summary>
    public Action OnProducerRejected { get; init; } = static () => { };

    /// <summary>Told which streams have something to publish; null without a store.</summary>
    public IOffloadMarks? Offload { get; init; }

    /// <summary>Reads what is offloaded; null without a store, and then nothing is. Set once, before the node is used.</summary>
    public SegmentReading? Segments { get; set; }

    /// <summary>Waiting reads at rest.</summary>
    public TailWaiterPool Waiters { get; } = new(time);

    /// <summary>Those of them that have something to read.</summary>
    public TailWakes Wakes { get; } = new();

    /// <summary>The present time, in milliseconds since 1970 UTC.</summary>
    public long Now => Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Producers that all streams remember.</summary>
    public long Producers => Volatile.Read(ref _producers);

    /// <summary>Streams remember so many producers more, or fewer.</summary>
    public void CountProducers(int change) => Interlocked.Add(ref _producers, change);

    /// <summary>Counts a call that changes a stream, unless the node is draining. Counted first, so that draining misses none.</summary>
    public bool TryEnter()
    {
        Interlocked.Increment(ref _calls);
        if (!_draining)
            return true;

        Leave();
        return false;
    }

    /// <summary>Refuses new work from now on: another node goes on with the streams.</summary>
    public void Fence()
    {
        _fenced = true;
        _draining = true;
    }

    /// <summary>Why <see cref="TryEnter"/> said no.</summary>
    public LogException Refusal() => _fenced
        ? new LogException(LogErrorCode.Fenced, "Another node has replaced this one and goes on with its streams.", new LogErrorFacts(Reason: "replaced"))
        : new LogException(LogErrorCode.Draining, "The node is shutting down.", new LogErrorFacts(Reason: "draining"));

    /// <summary>A call has its outcome.</summary>
    public void Leave() => Leave(1);

    /// <summary>So many calls have their outcome.</summary>
    public void Leave(int calls)
    {
        if (calls > 0 && Interlocked.Add(ref _calls, -calls) == 0 && _draining)
            _drained.TrySetResult();
    }

    /// <summary>Refuses new work as Draining from now on. Ends when everything that was taken before has its outcome.</summary>
    public Task DrainAsync()
    {
        Interlocked.Increment(ref _calls);
        _draining = true;
        Leave();
        return _drained.Task;
    }
}

/// <summary>What one stream may hold in memory. Every default is valid.</summary>
internal sealed record StreamBounds
{
    /// <summary>
    /// Most bytes of appends in flight on one stream, as they stand in the WAL and with <see cref="CallBytes"/> for each call; a batch on an idle
    /// stream is taken whatever its size.
    /// </summary>
    public long InFlightBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Most reads waiting at the tail of one stream: 1 or more.</summary>
    public int WaitingReaders { get; init; } = 16_384;

    /// <summary>Most producers that one stream remembers, at 250 to 600 bytes each; beyond it new ones are rejected.</summary>
    public int Producers { get; init; } = 65_536;

    /// <summary>Most producers that all streams of the node remember; calls made at the same time may each go beyond it by one.</summary>
    public int NodeProducers { get; init; } = 1_000_000;

    /// <summary>What a call in flight costs beyond its bytes, so that small ones and repeated ones are bounded too.</summary>
    public const int CallBytes = 256;
}
