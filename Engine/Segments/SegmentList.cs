namespace Orleans.Log.Engine.Segments;

/// <summary>
/// The segments of a stream as its snapshot names them: the newest ones, and by reference the older ones. Immutable.
/// </summary>
internal sealed class SegmentList(SectionRef? older, params SegmentRef[] recent) : SegmentLookup(older, recent)
{
    /// <summary>Most segments in a snapshot.</summary>
    public const int MaxRecent = 64;

    /// <summary>With so many it is worth folding. Less than <see cref="MaxRecent"/>, so that a fold may fail and be tried later.</summary>
    public const int FoldAt = 32;

    /// <summary>How many stay when it is folded: every snapshot repeats them, every fold costs an item in a pack.</summary>
    public const int KeptByFold = 16;

    /// <summary>That of a stream of which nothing is offloaded.</summary>
    public static SegmentList Empty { get; } = new(null);

    /// <summary>Is it time to move some to an index section?</summary>
    public bool WantsFold => Refs.Length >= FoldAt;

    /// <summary>
    /// Adds the next segment. It begins at or behind the end of the last one: in between records were lost, or trimmed before they were offloaded.
    /// Throws <see cref="InvalidOperationException"/> if it overlaps, or if a fold is overdue.
    /// </summary>
    public SegmentList Append(in SegmentRef run)
    {
        if (run.First < End || !RunTable.IsPlausible(run))
            throw new InvalidOperationException($"The segment from {run.First} to {run.End} does not follow {End}.");

        if (Refs.Length == MaxRecent)
            throw new InvalidOperationException($"A snapshot names at most {MaxRecent} segments.");

        return new SegmentList(Older, [.. Refs, run]);
    }

    /// <summary>Drops what the head has passed. A section goes as a whole, so what one names is needed only if it ends above the head.</summary>
    public SegmentList DropBelow(long head)
    {
        var dropped = 0;
        while (dropped < Refs.Length && Refs[dropped].End <= head)
            dropped++;

        var gone = Older is { } section && section.End <= head;
        return dropped == 0 && !gone ? this : new SegmentList(gone ? null : Older, Refs[dropped..].ToArray());
    }

    /// <summary>Begins to move the oldest to an index section; null if there are too few to be worth it.</summary>
    /// <param name="stream">Whose they are.</param>
    /// <param name="head">Its head: what lies below is dropped on the way.</param>
    public SegmentFold? Fold(StreamId stream, long head)
    {
        var list = DropBelow(head);
        return list.WantsFold ? new SegmentFold(stream, list, head) : null;
    }
}

/// <summary>An index section: segments of a stream that left its snapshot. Immutable.</summary>
internal sealed class SegmentSection(StreamId stream, SectionRef? older, params SegmentRef[] refs) : SegmentLookup(older, refs)
{
    /// <summary>Most segments in a section.</summary>
    public const int MaxCount = 4_096;

    /// <summary>Whose they are.</summary>
    public StreamId Stream { get; } = stream;

    /// <summary>What names it, once it stands in a pack.</summary>
    public SectionRef At(in PackRef item) =>
        new(item, Refs.Length, Refs[0].First, Refs[^1].End, Refs[0].FirstTimestamp, Refs[^1].LastTimestamp);
}
