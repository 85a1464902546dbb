using static Orleans.Log.Engine.OptionRangeException;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine;

/// <summary>Settings of a node. Every default is valid; <see cref="Validate"/> is run before anything is opened.</summary>
public sealed class LogNodeOptions
{
    /// <summary>The write-ahead log.</summary>
    public WalOptions Wal { get; set; } = new();

    /// <summary>
    /// Appends accepted and not yet durable on one stream, in bytes; beyond it the stream answers too_many_in_flight. A single batch is always taken.
    /// 64 KiB to 1 GiB, 16 MiB by default.
    /// </summary>
    public long StreamInFlightBytes { get; set; } = 16L * 1024 * 1024;

    /// <summary>Reads that wait at the tail of one stream; beyond it the stream answers too_many_in_flight. 1 to 1,000,000, 16,384 by default.</summary>
    public int StreamWaitingReaders { get; set; } = 16_384;

    /// <summary>
    /// Most producers that one stream remembers, at 250 to 600 bytes each. A full stream rejects new producers as overloaded until one has been silent for
    /// its expiry. 1 to 131,072, 65,536 by default.
    /// </summary>
    public int StreamProducers { get; set; } = 65_536;

    /// <summary>Most producers that all streams of the node remember; beyond it new ones are rejected as overloaded. 1 to 100,000,000, 1,000,000 by default.</summary>
    public int NodeProducers { get; set; } = 1_000_000;

    /// <summary>
    /// Time for which the wall clock must run steadily before a forward jump of it counts as time that has passed, for retention by age and the expiry of
    /// producers. 0 believes it immediately. Up to 30 days, 12 h by default.
    /// </summary>
    public TimeSpan ClockSettle { get; set; } = LogClock.DefaultSettle;

    /// <summary>
    /// How long a stop waits for appends in flight before it goes on without them (their callers learn outcome_unknown): 1 ms to 1 h, 30 s by default.
    /// </summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a checkpoint that failed waits for another reason before it is tried again: 1 ms to 1 h, 5 s by default.</summary>
    public TimeSpan CheckpointRetry { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The way to the store; without <see cref="LogNodeHost.Blobs"/> without effect.</summary>
    public OffloadOptions Offload { get; set; } = new();

    /// <summary>How near offloaded records are kept; without <see cref="LogNodeHost.Blobs"/> without effect.</summary>
    public SegmentCacheOptions SegmentCache { get; set; } = new();

    /// <summary>Defects planted by the suites that prove themselves; none in a product.</summary>
    internal NodeSabotage Sabotage { get; set; }

    /// <summary>Throws <see cref="OptionRangeException"/>.</summary>
    public void Validate()
    {
        Wal.Validate();
        Offload.Validate();
        SegmentCache.Validate();
        Check(StreamInFlightBytes, nameof(StreamInFlightBytes), 64 * 1024, 1L << 30);
        Check(StreamWaitingReaders, nameof(StreamWaitingReaders), 1, 1_000_000);
        Check(StreamProducers, nameof(StreamProducers), 1, 131_072);
        Check(NodeProducers, nameof(NodeProducers), 1, 100_000_000);
        Check(ClockSettle, nameof(ClockSettle), TimeSpan.Zero, TimeSpan.FromDays(30));
        Check(DrainTimeout, nameof(DrainTimeout), TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1));
        Check(CheckpointRetry, nameof(CheckpointRetry), TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1));
    }
}
