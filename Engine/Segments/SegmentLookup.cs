using Orleans.Log.Engine.Checkpoints;

namespace Orleans.Log.Engine.Segments;

/// <summary>Where the answer to "which segment?" lies.</summary>
internal enum SegmentHitKind
{
    /// <summary>In <see cref="SegmentHit.Run"/>.</summary>
    Run,

    /// <summary>Further back, in <see cref="SegmentHit.Section"/>, which has to be fetched.</summary>
    Older,

    /// <summary>Nowhere: the records of <see cref="SegmentHit.Lost"/> are in no segment.</summary>
    Lost,

    /// <summary>Behind everything that is in segments.</summary>
    Beyond,
}

/// <summary>The answer to "which segment?".</summary>
internal readonly record struct SegmentHit(SegmentHitKind Kind, SegmentRef Run = default, SectionRef Section = default, LsnRange Lost = default);

/// <summary>
/// Part of what is known of a stream's segments: a list, ascending, and what is older than it. A snapshot holds the newest part, index sections the others.
/// </summary>
internal abstract class SegmentLookup(SectionRef? older, SegmentRef[] refs)
{
    private readonly SegmentRef[] _refs = refs;

    /// <summary>What is older; null if there is nothing, or nothing that is still needed.</summary>
    public SectionRef? Older { get; } = older;

    /// <summary>The segments of this part.</summary>
    public ReadOnlySpan<SegmentRef> Refs => _refs;

    /// <summary>LSN of the first record in segments, as far as this part knows; null if there are none.</summary>
    public long? First => Older?.First ?? (_refs.Length > 0 ? _refs[0].First : null);

    /// <summary>LSN behind the last record in segments; 0 if there are none.</summary>
    public long End => _refs.Length > 0 ? _refs[^1].End : Older?.End ?? 0;

    /// <summary>The segment that holds a record.</summary>
    public SegmentHit ByLsn(long lsn)
    {
        var (low, high) = (0, _refs.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_refs[middle].First <= lsn)
                low = middle + 1;
            else
                high = middle;
        }

        if (low == 0)
            return Before(lsn);

        ref readonly var run = ref _refs[low - 1];
        return lsn < run.End ? new SegmentHit(SegmentHitKind.Run, run)
            : low < _refs.Length ? LostBetween(run.End, _refs[low].First)
            : new SegmentHit(SegmentHitKind.Beyond);
    }

    /// <summary>The segment that holds the first record that is not older than a time; it may lie below the head.</summary>
    public SegmentHit ByTime(long timestamp)
    {
        if (Older is { } section && section.LastTimestamp >= timestamp)
            return new SegmentHit(SegmentHitKind.Older, Section: section);

        var (low, high) = (0, _refs.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_refs[middle].LastTimestamp < timestamp)
                low = middle + 1;
            else
                high = middle;
        }

        return low < _refs.Length ? new SegmentHit(SegmentHitKind.Run, _refs[low]) : new SegmentHit(SegmentHitKind.Beyond);
    }

    private SegmentHit Before(long lsn)
    {
        if (Older is { } section && lsn < section.End)
            return new SegmentHit(SegmentHitKind.Older, Section: section);

        return _refs.Length > 0 ? LostBetween(Older?.End ?? 0, _refs[0].First) : new SegmentHit(SegmentHitKind.Beyond);
    }

    private static SegmentHit LostBetween(long from, long to) => new(SegmentHitKind.Lost, Lost: new LsnRange(from, to));
}
