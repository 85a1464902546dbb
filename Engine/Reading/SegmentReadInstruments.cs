using System.Diagnostics.Metrics;

namespace Orleans.Log.Engine.Reading;

/// <summary>Where readers of offloaded records got them from.</summary>
internal sealed class SegmentReadInstruments
{
    private static readonly KeyValuePair<string, object?> Memory = new("source", "memory");
    private static readonly KeyValuePair<string, object?> Disk = new("source", "disk");
    private static readonly KeyValuePair<string, object?> Store = new("source", "store");

    private readonly Counter<long> _extents;
    private readonly Counter<long> _fetched;
    private readonly Counter<long> _damaged;

    public SegmentReadInstruments(Meter meter)
    {
        _extents = meter.CreateCounter<long>("orleans_log.segment.reads", "{range}", "Ranges of segments that readers wanted, by where they were found.");
        _fetched = meter.CreateCounter<long>("orleans_log.segment.fetched", "By", "Bytes of segments fetched from the blob store.");
        _damaged = meter.CreateCounter<long>("orleans_log.segment.damaged", "{range}", "Ranges of segments that did not verify, also when they were fetched again.");
    }

    public void OnFound() => _extents.Add(1, Memory);

    public void OnFoundOnDisk() => _extents.Add(1, Disk);

    public void OnFetched(long bytes)
    {
        _extents.Add(1, Store);
        _fetched.Add(bytes);
    }

    public void OnDamaged() => _damaged.Add(1);
}
