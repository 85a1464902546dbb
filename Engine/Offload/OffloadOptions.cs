using static Orleans.Log.Engine.OptionRangeException;
using Orleans.Log.Engine.Offload;

namespace Orleans.Log.Engine;

/// <summary>How a node moves its streams to the store. Every default is valid; validated with <see cref="LogNodeOptions"/>.</summary>
public sealed class OffloadOptions
{
    /// <summary>Records of a stream, in bytes, that make a segment of their own; what is less shares one with other streams. 64 KiB to 256 MiB, 16 MiB by default.</summary>
    public long SegmentBytes { get; set; } = 16L * 1024 * 1024;

    /// <summary>
    /// How long a record waits for company before it is moved: 1 s to 24 h, 5 min by default. It bounds what the loss of the node's disk can cost, and how long a quiet stream keeps a WAL file.
    /// </summary>
    public TimeSpan SegmentAge { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Segments under way at the same time, each of which holds up to <see cref="SegmentBytes"/> and one batch in memory, twice: 1 to 16, 2 by default.</summary>
    public int Parallel { get; set; } = 2;

    /// <summary>Most bytes uploaded per second on average; null, the default, for no bound. At least 64 KiB.</summary>
    public long? BandwidthBytesPerSecond { get; set; }

    /// <summary>How long the store is left alone after its first failure; doubled with each further one. 1 ms to 1 h, 200 ms by default.</summary>
    public TimeSpan RetryFrom { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest that the store is left alone: <see cref="RetryFrom"/> to 1 h, 30 s by default.</summary>
    public TimeSpan RetryTo { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a start waits for the store before it goes on without it, where it may: 1 ms to 1 h, 10 s by default.</summary>
    public TimeSpan AttachTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a stop goes on offloading: 0 (not at all) to 1 h, 5 s by default. What is not offloaded by then stays in the WAL.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often retention is applied to quiet streams, and blobs that nothing names any longer are deleted: 1 s to 30 days, 1 h by default.</summary>
    public TimeSpan SweepEvery { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Defects planted by the suites that prove themselves; none in a product.</summary>
    internal OffloadSabotage Sabotage { get; set; }

    internal void Validate()
    {
        Check(SegmentBytes, "Offload." + nameof(SegmentBytes), 64 * 1024, 256L * 1024 * 1024);
        Check(SegmentAge, "Offload." + nameof(SegmentAge), TimeSpan.FromSeconds(1), TimeSpan.FromHours(24));
        Check(Parallel, "Offload." + nameof(Parallel), 1, 16);
        Check(BandwidthBytesPerSecond ?? long.MaxValue, "Offload." + nameof(BandwidthBytesPerSecond), 64 * 1024, long.MaxValue);
        Check(RetryFrom, "Offload." + nameof(RetryFrom), TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1));
        Check(RetryTo, "Offload." + nameof(RetryTo), RetryFrom, TimeSpan.FromHours(1));
        Check(AttachTimeout, "Offload." + nameof(AttachTimeout), TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1));
        Check(DrainTimeout, "Offload." + nameof(DrainTimeout), TimeSpan.Zero, TimeSpan.FromHours(1));
        Check(SweepEvery, "Offload." + nameof(SweepEvery), TimeSpan.FromSeconds(1), TimeSpan.FromDays(30));
    }
}
