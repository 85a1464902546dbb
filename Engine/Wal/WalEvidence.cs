namespace Orleans.Log.Engine.Wal;

/// <summary>
/// Block headers found behind a block that does not verify, in order of place, and what they prove about it. This is the decision table of recovery:
/// a block is <em>vouched for</em> when a later header, or the control slot, says that it was durable, or when a block lies behind it that
/// could not have been handed out before it was durable.
/// </summary>
internal sealed class WalEvidence(long controlDurableThrough, WalSabotage sabotage)
{
    private readonly List<BlockHeader> _headers = [];

    /// <summary>Has everything behind been looked through?</summary>
    public bool Complete { get; set; }

    /// <summary>Headers that hold in their places, in order of place.</summary>
    public void Add(IEnumerable<BlockHeader> headers) => _headers.AddRange(headers);

    /// <summary>Headers behind a place with at least a sequence, in order of place.</summary>
    public IEnumerable<BlockHeader> Behind(WalPosition place, long sequence) =>
        _headers.Where(header => header.Position > place && header.Sequence >= sequence);

    /// <summary>The highest block sequence that is known durable, for a bad block at a place.</summary>
    public long DurableThrough(WalPosition place, long sequence)
    {
        if (sabotage.Has(WalSabotage.IgnoreDurableThrough))
            return 0;

        var durable = controlDurableThrough;
        foreach (var header in Behind(place, sequence))
            durable = Math.Max(durable, header.DurableThrough);

        return durable;
    }

    /// <summary>
    /// May the block of a sequence, bad at a place, have been acknowledged? If so nothing may be cut there.
    /// </summary>
    public bool VouchesFor(WalPosition place, long sequence)
    {
        if (sabotage.Has(WalSabotage.CutOnCorruption))
            return false;

        // Block n + bound is handed out only once block n is durable, so one that far behind is interior damage of unknown age.
        return sequence <= DurableThrough(place, sequence)
            || Behind(place, sequence).Any(header => header.Sequence >= sequence + header.InFlightBound);
    }
}
