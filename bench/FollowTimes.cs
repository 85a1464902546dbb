using Orleans.Log.Cli.Bench;

namespace Orleans.Log.Benchmarks;

/// <summary>When each record of one stream was acknowledged to who appended it, and when a follower had it. Written by two sides at once, read when both are done.</summary>
internal sealed class FollowTimes(int most)
{
    private readonly long[] _acknowledged = new long[most];
    private readonly long[] _followed = new long[most];
    private long _next;

    /// <summary>LSN behind the last record that the follower has.</summary>
    public long Next => Volatile.Read(ref _next);

    /// <summary>A record was acknowledged, now.</summary>
    public void Acknowledged(long lsn)
    {
        if (lsn < _acknowledged.Length)
            Volatile.Write(ref _acknowledged[lsn], BenchClock.Now);
    }

    /// <summary>The follower has everything below, now.</summary>
    public void Followed(long next)
    {
        var now = BenchClock.Now;
        for (var lsn = Next; lsn < Math.Min(next, _followed.Length); lsn++)
            _followed[lsn] = now;

        Volatile.Write(ref _next, next);
    }

    /// <summary>From the acknowledgement to the follower, of the records from an LSN on; what the follower had first counts as 0.</summary>
    public LatencySummary Latencies(long from)
    {
        var histogram = new LatencyHistogram();
        for (var lsn = from; lsn < Math.Min(Next, _followed.Length); lsn++)
            histogram.Record(BenchClock.Nanoseconds(_followed[lsn] - _acknowledged[lsn]));

        return LatencySummary.Of(histogram);
    }
}
