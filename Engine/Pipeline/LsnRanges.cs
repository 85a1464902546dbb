using Orleans.Log.Engine.Checkpoints;

namespace Orleans.Log.Engine.Pipeline;

/// <summary>The damaged ranges of a stream: ascending and apart. There are few, and on nearly every stream none.</summary>
internal sealed class LsnRanges
{
    private readonly List<LsnRange> _ranges = [];

    /// <summary>The ranges.</summary>
    public IReadOnlyList<LsnRange> Ranges => _ranges;

    /// <summary>Adds a range, joining what it touches.</summary>
    public void Add(LsnRange range)
    {
        var joined = _ranges.Where(r => r.From <= range.To && r.To >= range.From).Append(range).ToList();
        _ranges.RemoveAll(r => r.From <= range.To && r.To >= range.From);
        _ranges.Add(new LsnRange(joined.Min(static r => r.From), joined.Max(static r => r.To)));
        _ranges.Sort(static (a, b) => a.From.CompareTo(b.From));
    }

    /// <summary>Forgets what lies below the head.</summary>
    public void TrimTo(long head)
    {
        _ranges.RemoveAll(r => r.To <= head);
        if (_ranges.Count > 0 && _ranges[0].From < head)
            _ranges[0] = _ranges[0] with { From = head };
    }

    /// <summary>The first range that holds an LSN or lies behind it.</summary>
    public LsnRange? At(long lsn)
    {
        foreach (var range in _ranges)
        {
            if (range.To > lsn)
                return range;
        }

        return null;
    }
}
