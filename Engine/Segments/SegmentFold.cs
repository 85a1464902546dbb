namespace Orleans.Log.Engine.Segments;

/// <summary>
/// How a snapshot's older segments become an index section. The new section takes in the newest existing one as long as that is not longer than what there
/// is already, and both fit into one. So sections double as they age: a segment is written anew at most 7 times, and a stream with many segments has
/// a few short sections and then only full ones. For one thread: give it what it <see cref="Wants"/>, put <see cref="Section"/> into a pack, take the new list.
/// </summary>
internal sealed class SegmentFold
{
    private readonly SegmentRef[] _kept;
    private readonly StreamId _stream;
    private readonly long _head;
    private SegmentRef[] _folded;
    private SectionRef? _older;

    internal SegmentFold(StreamId stream, SegmentList list, long head)
    {
        (_stream, _head, _older) = (stream, head, list.Older);
        _folded = list.Refs[..^SegmentList.KeptByFold].ToArray();
        _kept = list.Refs[^SegmentList.KeptByFold..].ToArray();
    }

    /// <summary>The section that has to be fetched and given to <see cref="Take"/> first; null if none.</summary>
    public SectionRef? Wants =>
        _older is { } section && section.Count <= _folded.Length && section.Count + _folded.Length <= SegmentSection.MaxCount ? section : null;

    /// <summary>What has to be put into a pack, when nothing is wanted any more.</summary>
    public SegmentSection Section => new(_stream, _older, _folded);

    /// <summary>Takes in the section that was wanted.</summary>
    public void Take(SegmentSection section)
    {
        if (Wants is not { } wanted || section.At(wanted.Item) != wanted || section.Stream != _stream)
            throw new InvalidOperationException("This is not the section that was wanted.");

        _folded = [.. section.Refs.ToArray().Where(run => run.End > _head), .. _folded];
        _older = section.Older is { } older && older.End > _head ? older : null;
    }

    /// <summary>The list that names the section, which stands in a pack now.</summary>
    public SegmentList Complete(in PackRef item) => new(Section.At(item), _kept);
}
