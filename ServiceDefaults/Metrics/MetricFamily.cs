using System.Diagnostics;

namespace Orleans.Log.ServiceDefaults.Metrics;

/// <summary>How a family is exposed.</summary>
internal enum MetricKind
{
    /// <summary>A sum that only grows.</summary>
    Counter,

    /// <summary>A value that goes up and down.</summary>
    Gauge,

    /// <summary>A distribution in buckets.</summary>
    Histogram,
}

/// <summary>
/// Everything recorded under one exposed name: one series per combination of tags. Recording takes no lock and allocates nothing once the
/// series exists; a new series replaces the table under a lock. Instruments of the same name share the family, so their sums add up.
/// </summary>
internal sealed class MetricFamily(string name, string help, MetricKind kind, double[] bounds, bool observable)
{
    /// <summary>
    /// Most series of one family. Tags come from code, never from callers, and take few values; the bound is there so that a mistake in
    /// that cannot eat the process. What is over it is not recorded and counted in <see cref="Dropped"/>.
    /// </summary>
    public const int MaxSeries = 1_000;

    private readonly Lock _adding = new();
    private Dictionary<int, MetricSeries> _byHash = [];
    private long _dropped;

    public string Name { get; } = name;

    public string Help { get; } = help;

    public MetricKind Kind { get; } = kind;

    /// <summary>Measurements of series that there was no room for.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>The series as they stand, in the order of their labels.</summary>
    public IEnumerable<MetricSeries> Series =>
        Volatile.Read(ref _byHash).Values.SelectMany(Chain).OrderBy(series => series.Labels, StringComparer.Ordinal);

    /// <summary>Records one measurement: adds it, or replaces the value if the instrument reports absolute values.</summary>
    public void Record(double value, bool absolute, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var series = FindOrAdd(tags);
        if (series is null)
            Interlocked.Increment(ref _dropped);
        else if (absolute)
            series.Set(value);
        else
            series.Add(value);
    }

    /// <summary>Forgets the series of an observable family, whose next collection reports all that exist then.</summary>
    public void BeginCollection()
    {
        if (observable)
            Volatile.Write(ref _byHash, []);
    }

    private static IEnumerable<MetricSeries> Chain(MetricSeries first)
    {
        for (var series = first; series is not null; series = series.Next)
            yield return series;
    }

    private static MetricSeries? Find(Dictionary<int, MetricSeries> table, int hash, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        table.TryGetValue(hash, out var series);
        while (series is not null && !series.Matches(tags))
            series = series.Next;

        return series;
    }

    private static int HashOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var hash = default(HashCode);
        foreach (var (key, value) in tags)
        {
            hash.Add(key);
            hash.Add(value);
        }

        return hash.ToHashCode();
    }

    private MetricSeries? FindOrAdd(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var hash = HashOf(tags);
        if (Find(Volatile.Read(ref _byHash), hash, tags) is { } known)
            return known;

        lock (_adding)
        {
            var present = _byHash;
            if (Find(present, hash, tags) is { } added)
                return added;

            if (present.Values.Sum(first => Chain(first).Count()) >= MaxSeries)
                return null;

            present.TryGetValue(hash, out var next);
            var series = new MetricSeries(tags.ToArray(), Kind == MetricKind.Histogram ? bounds : [], next);
            Volatile.Write(ref _byHash, new Dictionary<int, MetricSeries>(present) { [hash] = series });
            Debug.Assert(series.Matches(tags), "A series matches the tags that it was made for.");
            return series;
        }
    }
}
