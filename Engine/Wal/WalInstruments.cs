using System.Diagnostics.Metrics;

namespace Orleans.Log.Engine.Wal;

/// <summary>The instruments <c>orleans_log.wal.*</c>, in UCUM units. Recording costs nothing that allocates.</summary>
internal sealed class WalInstruments
{
    private static readonly double[] FlushBounds = [0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5];

    private readonly Histogram<double>? _flush;
    private readonly Counter<long>? _blocks;
    private readonly Counter<long>? _written;

    /// <summary>Creates them on a meter; null for none.</summary>
    public WalInstruments(Meter? meter, Func<long> size, Func<long> inFlight)
    {
        if (meter is null)
            return;

        _flush = meter.CreateHistogram(
            "orleans_log.wal.flush.duration", "s", "Time from handing a block to the disk until it is durable.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = FlushBounds });
        _blocks = meter.CreateCounter<long>("orleans_log.wal.blocks", "{block}", "Blocks made durable.");
        _written = meter.CreateCounter<long>("orleans_log.wal.written", "By", "Bytes of blocks made durable, padding included.");
        meter.CreateObservableGauge("orleans_log.wal.size", size, "By", "Size of all WAL files, prepared ones included.");
        meter.CreateObservableGauge("orleans_log.wal.in_flight", inFlight, "By", "Bodies accepted and not durable yet.");
    }

    /// <summary>Is the duration of writes wanted?</summary>
    public bool TimesFlushes => _flush is { Enabled: true };

    /// <summary>A block became durable.</summary>
    public void OnFlush(int bytes, TimeSpan duration)
    {
        _blocks?.Add(1);
        _written?.Add(bytes);
        _flush?.Record(duration.TotalSeconds);
    }
}
