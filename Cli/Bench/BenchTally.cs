namespace Orleans.Log.Cli.Bench;

/// <summary>What one loop has counted so far. Written by its loop, read by the display at any time.</summary>
internal sealed class BenchTally
{
    private long _batches;
    private long _refused;
    private long _late;

    /// <summary>Latency of the batches acknowledged while measuring.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>Batches acknowledged while measuring.</summary>
    public long Batches => Volatile.Read(ref _batches);

    /// <summary>Batches refused without effect (429 and 503) while measuring.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Batches of an open loop that were sent later than they were due, for want of a slot or of processor time.</summary>
    public long Late => Volatile.Read(ref _late);

    public void Acknowledged(long startedAt)
    {
        Latency.RecordShared(BenchClock.Nanoseconds(BenchClock.Now - startedAt));
        Interlocked.Increment(ref _batches);
    }

    /// <summary>As <see cref="Acknowledged"/>, for a loop that is the only one to count here.</summary>
    public void AcknowledgedAlone(long startedAt, long now)
    {
        Latency.Record(BenchClock.Nanoseconds(now - startedAt));
        _batches++;
    }

    public void RefusedOne() => Interlocked.Increment(ref _refused);

    public void LateOne() => Interlocked.Increment(ref _late);
}
