namespace Orleans.Log.Cli.Bench;

/// <summary>What a run found; with --json exactly this, in snake_case.</summary>
internal sealed record BenchResult
{
    /// <summary>in_process, request, raw_request or appender.</summary>
    public required string Path { get; init; }

    /// <summary>closed or open.</summary>
    public required string Loop { get; init; }

    /// <summary>Records per second asked for; null in a closed loop.</summary>
    public double? TargetRate { get; init; }

    public required int RecordBytes { get; init; }

    public required int Batch { get; init; }

    public required int Clients { get; init; }

    public required int Streams { get; init; }

    public required int Outstanding { get; init; }

    /// <summary>Bytes of payload that were kept, everything older being trimmed; null if the log grew.</summary>
    public long? KeepBytes { get; init; }

    public required double WarmUpSeconds { get; init; }

    /// <summary>Measured time.</summary>
    public required double Seconds { get; init; }

    public required long Records { get; init; }

    public required double RecordsPerSecond { get; init; }

    public required double MibPerSecond { get; init; }

    /// <summary>Of a batch, from when it was sent (closed) or due (open) until it was acknowledged.</summary>
    public required LatencySummary LatencyUs { get; init; }

    /// <summary>Batches refused without effect.</summary>
    public required long Refused { get; init; }

    /// <summary>Batches of an open loop that went out later than due.</summary>
    public required long Late { get; init; }

    /// <summary>Bytes that this process allocated per record: client side only, unless the path is in_process.</summary>
    public required double AllocatedBytesPerRecord { get; init; }

    /// <summary>Processor time of this process per record, in microseconds: client side only, unless the path is in_process. Comparable also where others keep the machine busy.</summary>
    public required double ProcessorUsPerRecord { get; init; }

    public required DurabilitySummary Durability { get; init; }
}

/// <summary>Percentiles in microseconds.</summary>
internal sealed record LatencySummary(double P50, double P90, double P99, double P999, double Max, double Mean)
{
    public static LatencySummary Of(LatencyHistogram histogram) => new(
        Us(histogram.Percentile(0.5)),
        Us(histogram.Percentile(0.9)),
        Us(histogram.Percentile(0.99)),
        Us(histogram.Percentile(0.999)),
        Us(histogram.Max),
        Us(histogram.Mean));

    private static double Us(double nanoseconds) => Math.Round(nanoseconds / 1000, 1);
}

/// <summary>What the acknowledgements of the run stood for.</summary>
/// <param name="Method">How a write is made durable.</param>
/// <param name="Flushes">Blocks made durable during the measured time.</param>
/// <param name="RecordsPerFlush">Records that shared one.</param>
/// <param name="DeviceFlushes">Flushes of the block device during it, by the kernel's count.</param>
internal sealed record DurabilitySummary(string Method, long? Flushes, double? RecordsPerFlush, long? DeviceFlushes)
{
    public static DurabilitySummary Of(DurabilityReading before, DurabilityReading after, long records)
    {
        var flushes = after.Flushes - before.Flushes;
        return new DurabilitySummary(
            after.Method,
            flushes,
            flushes > 0 ? Math.Round((double)records / flushes.Value, 2) : null,
            after.DeviceFlushes - before.DeviceFlushes);
    }
}
