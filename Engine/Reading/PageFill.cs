using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Reading;

/// <summary>
/// A page on its way: takes what a plan wants out of batches that come in the order of their LSNs, wherever they come from. Nothing is ever skipped: a
/// record that should be there and is not is <see cref="LogErrorCode.Corrupt"/>. For one thread at a time and one page; it ends with <see cref="Build"/> or
/// <see cref="Discard"/>.
/// </summary>
/// <param name="plan">What is wanted.</param>
/// <param name="next">LSN of the first record, or where to look for it by its time.</param>
internal sealed class PageFill(in ReadPlan plan, long next)
{
    private readonly ReadPlan _plan = plan;
    private readonly PageBuilder _page = new();

    /// <summary>The LSN that comes next.</summary>
    public long Next { get; private set; } = next;

    /// <summary>Is the first record known? Until then its time is looked for.</summary>
    public bool Found { get; private set; } = plan.Start is not null;

    /// <summary>Nothing more is wanted.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Number of records so far.</summary>
    public int Count => _page.Count;

    /// <summary>About how many it still takes of so many records that have so many bytes in all.</summary>
    public long Share(long bytes, long records) =>
        Math.Min(Math.Min(records, _plan.MaxRecords - _page.Count), (_plan.MaxBytes - _page.Bytes) * records / Math.Max(1, bytes));

    /// <summary>Holds what batches are lent from, and makes room for all that the page takes below <paramref name="end"/> if everything there is like these bytes of so many records.</summary>
    public void Hold(Cached source, long bytes, long records, long end)
    {
        _page.Hold(source);
        var alike = (_plan.MaxBytes - _page.Bytes) * records / Math.Max(1, bytes);
        _page.Reserve((int)Math.Clamp(Math.Min(alike, _plan.MaxRecords - _page.Count), 0, Math.Min(end - Next, Limits.ReadRecords)));
    }

    /// <summary>Takes from the next batch what lies below <paramref name="end"/>; false if it was wholly known already.</summary>
    /// <param name="entry">Header of the batch.</param>
    /// <param name="body">Its body.</param>
    /// <param name="end">LSN behind the last record that may be taken.</param>
    /// <param name="source">Where the batch was.</param>
    /// <param name="lent">The body again, if it is part of something that the page holds.</param>
    public bool Take(in WalEntry entry, ReadOnlySpan<byte> body, long end, ReadSource source, ReadOnlyMemory<byte> lent = default)
    {
        if (entry.Lsn + entry.Count <= Next)
            return false;

        // Records are missing before this one. They matter unless the wanted time comes later anyway.
        if (entry.Lsn > Next && (Found || entry.Timestamp >= _plan.Since))
            throw Missing();

        var frames = new AppendFrames(entry, body);
        while (true)
        {
            if (!lent.IsEmpty && Found && frames.Lsn + 1 == Next && frames.Timestamp < _plan.Until)
                Next += _page.AddPlain(ref frames, source, lent, Math.Min(end - Next, _plan.MaxRecords - _page.Count), _plan.MaxBytes - _page.Bytes);

            if (!frames.MoveNext())
                return true;

            if (frames.Lsn < Next)
                continue;

            if (!Found && frames.Timestamp < _plan.Since)
            {
                Next = frames.Lsn + 1;
                continue;
            }

            Found = true;
            if (frames.Lsn >= end || !Fits(frames))
            {
                IsFull = true;
                return true;
            }

            _page.Add(frames, source, lent);
            Next = frames.Lsn + 1;
        }
    }

    /// <summary>The page.</summary>
    public ReadPage Build() => _page.Build(Next, _plan.Stream);

    /// <summary>Gives up.</summary>
    public void Discard() => _page.Discard();

    /// <summary>The record that comes next is nowhere.</summary>
    public LogException Missing() =>
        new(LogErrorCode.Corrupt, $"Record {Next} was acknowledged and cannot be found.", new LogErrorFacts(Reason: "missing"));

    private bool Fits(in AppendFrames frame)
    {
        if (frame.Timestamp >= _plan.Until || _page.Count == _plan.MaxRecords)
            return false;

        return _page.Count == 0 || _page.Bytes + frame.Content.Length + Limits.RecordOverheadBytes <= _plan.MaxBytes;
    }
}
