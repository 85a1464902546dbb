using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Reading;

/// <summary>
/// What is known of a stream's segments as of one snapshot, and where readers of it stopped, by which one is recognized that goes forward. A segment never
/// changes, so what an older snapshot said of one is true for as long as the stream needs it. Safe for use by any number of threads.
/// </summary>
internal sealed class SegmentMap(StreamId stream, PackRef snapshot, SegmentList segments, ReaderStops stops) : Cached
{
    /// <summary>Whose segments.</summary>
    public StreamId Stream { get; } = stream;

    /// <summary>The snapshot.</summary>
    public PackRef Snapshot { get; } = snapshot;

    /// <summary>Its list.</summary>
    public SegmentList Segments { get; } = segments;

    /// <summary>Where readers stopped.</summary>
    public ReaderStops Stops { get; } = stops;

    /// <summary>In segments.</summary>
    public override long Weight => Segments.Refs.Length + 8;
}

/// <summary>An index section that was fetched.</summary>
internal sealed class CachedSection(SegmentSection section) : Cached
{
    /// <summary>The section.</summary>
    public SegmentSection Section { get; } = section;

    /// <summary>In segments.</summary>
    public override long Weight => Section.Refs.Length + 8;
}

/// <summary>The last few LSNs at which pages of a stream ended. Safe for use by any number of threads.</summary>
internal sealed class ReaderStops
{
    private readonly Lock _gate = new();
    private readonly long[] _stops = [-1, -1, -1, -1, -1, -1, -1, -1];
    private int _next;

    /// <summary>Does a reader go forward who reads a page from here on: did an earlier page end here?</summary>
    public bool Knows(long from)
    {
        lock (_gate)
            return Array.IndexOf(_stops, from) >= 0;
    }

    /// <summary>A page went from one LSN to another.</summary>
    public void Note(long from, long to)
    {
        lock (_gate)
        {
            var known = Array.IndexOf(_stops, from);
            _stops[known >= 0 ? known : _next++ % _stops.Length] = to;
        }
    }
}
