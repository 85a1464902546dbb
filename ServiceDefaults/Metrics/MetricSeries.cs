namespace Orleans.Log.ServiceDefaults.Metrics;

/// <summary>
/// The numbers of one combination of tags. Written by any number of threads without a lock; a reader may see a measurement in the buckets
/// before it is in the sum, which the next scrape mends.
/// </summary>
internal sealed class MetricSeries(KeyValuePair<string, object?>[] tags, double[] bounds, MetricSeries? next)
{
    private readonly long[] _buckets = bounds.Length == 0 ? [] : new long[bounds.Length + 1];
    private double _value;

    /// <summary>Next series whose tags have the same hash.</summary>
    public MetricSeries? Next { get; } = next;

    /// <summary>Its labels as they are exposed, without braces; empty if there are none.</summary>
    public string Labels { get; } = PrometheusText.Labels(tags);

    /// <summary>Upper bounds of the buckets, without the last one, which has none.</summary>
    public double[] Bounds { get; } = bounds;

    /// <summary>Sum (counters, histograms) or value (gauges).</summary>
    public double Value => Volatile.Read(ref _value);

    /// <summary>Measurements in each bucket, not cumulative, one more than <see cref="Bounds"/>; empty but for histograms.</summary>
    public long[] BucketCounts()
    {
        var counts = new long[_buckets.Length];
        for (var i = 0; i < counts.Length; i++)
            counts[i] = Interlocked.Read(ref _buckets[i]);

        return counts;
    }

    public void Add(double value)
    {
        if (_buckets.Length > 0)
            Interlocked.Increment(ref _buckets[BucketOf(value)]);

        double seen;
        do
        {
            seen = Volatile.Read(ref _value);
        }
        while (!Interlocked.CompareExchange(ref _value, seen + value, seen).Equals(seen)); // Equals: a NaN is itself, so that this ends
    }

    public void Set(double value) => Volatile.Write(ref _value, value);

    public bool Matches(ReadOnlySpan<KeyValuePair<string, object?>> others)
    {
        if (others.Length != tags.Length)
            return false;

        for (var i = 0; i < tags.Length; i++)
        {
            if (!string.Equals(tags[i].Key, others[i].Key, StringComparison.Ordinal) || !Equals(tags[i].Value, others[i].Value))
                return false;
        }

        return true;
    }

    private int BucketOf(double value)
    {
        // A bound belongs to its bucket (le means less or equal): the first bound not below the value.
        var index = Array.BinarySearch(Bounds, value);
        return index >= 0 ? index : ~index;
    }
}
