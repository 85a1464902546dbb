using Orleans.Log.Engine;

namespace Orleans.Log.Testing.Soak;

/// <summary>How long a soak goes on, and what is small in it so that everything that is bounded meets its bound many times.</summary>
public sealed record SoakSettings
{
    /// <summary>What a soak takes as one suite among all others, in seconds. With the suite named, <c>./test</c> asks for two minutes.</summary>
    private const int AmongOthers = 30;

    /// <summary>How long the steady load lasts.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Log streams.</summary>
    public int Streams { get; init; } = 1_000;

    /// <summary>Writers that append at the same time, each to streams of its own.</summary>
    public int Writers { get; init; } = 16;

    /// <summary>Streams of each writer that get a batch in every turn; of the others one gets one record.</summary>
    public int HotStreamsOfWriter { get; init; } = 3;

    /// <summary>Readers that cross the border between log and store all the time.</summary>
    public int Readers { get; init; } = 3;

    /// <summary>What the WAL may take on disk.</summary>
    public long WalBudget { get; init; } = 64L << 20;

    /// <summary>How long records are kept, or null for ever: an hour of it is more than a disk may have room for.</summary>
    public TimeSpan? KeepFor { get; init; }

    /// <summary>How long anything that must come to pass is waited for.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>An hour in the long form; otherwise what ORLEANS_LOG_SOAK_SECONDS says, or less than a minute.</summary>
    /// <param name="shareOfQuickForm">What the suite takes of the quick form.</param>
    public static SoakSettings OfSuite(double shareOfQuickForm = 1)
    {
        if (Environment.GetEnvironmentVariable("ORLEANS_LOG_LONG") == "1")
            return new SoakSettings { Duration = TimeSpan.FromHours(1), KeepFor = TimeSpan.FromMinutes(10) };

        var seconds = int.TryParse(Environment.GetEnvironmentVariable("ORLEANS_LOG_SOAK_SECONDS"), out var asked) ? asked : AmongOthers * shareOfQuickForm;
        return new SoakSettings { Duration = TimeSpan.FromSeconds(seconds) };
    }

    /// <summary>The node's: small files, so that the WAL is reclaimed many times; small segments, so that streams have many; a sweeper that is always about; a stop that leaves what it has.</summary>
    public LogNodeOptions NodeOptions() => new()
    {
        Wal = { FileSizeMiB = 4, LargestBodyBytes = 1 << 20, DiskBudgetBytes = WalBudget, CacheBytes = 8 << 20 },
        Offload = { SegmentBytes = 4 << 20, SegmentAge = TimeSpan.FromSeconds(5), SweepEvery = TimeSpan.FromSeconds(10), DrainTimeout = TimeSpan.Zero },
        SegmentCache = { MemoryBytes = 8 << 20 },
    };

    /// <summary>Of the rebuilt node: it takes nothing to the store and trims nothing, since retention would take away what is being compared.</summary>
    public LogNodeOptions NodeOptionsAtRest()
    {
        var options = NodeOptions();
        options.Offload.SegmentAge = options.Offload.SweepEvery = TimeSpan.FromHours(1);
        return options;
    }
}
