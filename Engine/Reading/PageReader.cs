using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Reading;

/// <summary>
/// Fills one page: walks the WAL forward from a known place and takes what belongs to the stream. Holds a cursor while it runs and nothing afterwards, so a
/// slow follower holds nothing. Nothing is ever skipped: a record that should be there and is not is <see cref="LogErrorCode.Corrupt"/>, but what
/// was read before it is returned first. For one thread and one page.
/// </summary>
internal sealed class PageReader(IWal wal, StreamId stream, IStreamPlaces places)
{
    /// <summary>After so much of other streams' data the index is asked again whether it knows a nearer place.</summary>
    private const uint Foreign = 64 * 1024;

    private readonly PageBuilder _page = new();
    private IndexEntry _stop;
    private long _next;
    private bool _found;
    private bool _full;

    /// <summary>Reads a page. Throws <see cref="LogException"/> (Corrupt) if there is no first record where one must be.</summary>
    public ReadPage Read(in ReadPlan plan)
    {
        if (plan.End is not { } end)
            return new WalReadPage(rented: null, default, plan.EmptyAt, plan.Stream);

        (_found, _next, _stop) = (plan.Start is not null, plan.Start ?? Math.Max(plan.From.Lsn, plan.Stream.Head), plan.From);
        try
        {
            Walk(plan, end);
        }
        catch (LogException) when (_page.Count > 0)
        {
            // The next read begins at the damage, and says so.
        }
        catch
        {
            _page.Discard();
            throw;
        }

        // Only where it was not the tail that stopped it: followers find the tail without help.
        if (_next < plan.Stream.Tail)
            places.Remember(_stop);

        return _page.Build(_next, plan.Stream);
    }

    private void Walk(in ReadPlan plan, long end)
    {
        using var cursor = wal.OpenCursor(plan.From.Position);
        var last = plan.From.Position;
        while (!_full && _next < end)
        {
            if (!cursor.MoveNext())
                throw Missing();

            var entry = cursor.Entry;
            if (entry.Stream == stream && entry.Type == WalEntryType.Append)
            {
                last = cursor.Position;
                Take(plan, entry, cursor.Body, cursor.Position, end);
            }
            else if (_found && IsFar(last, cursor.Position))
            {
                last = cursor.Position;
                if (places.Find(_next) is { } place && place.Position > cursor.Position)
                    cursor.Seek(place.Position);
            }
        }
    }

    private void Take(in ReadPlan plan, in WalEntry entry, ReadOnlySpan<byte> body, WalPosition position, long end)
    {
        if (entry.Lsn + entry.Count <= _next)
            return;

        // Records are missing before this one. They matter unless the wanted time comes later anyway.
        if (entry.Lsn > _next && (_found || entry.Timestamp >= plan.Since))
            throw Missing();

        _stop = new IndexEntry(entry.Lsn, position, entry.Timestamp);
        var frames = new AppendFrames(entry, body);
        while (frames.MoveNext())
        {
            if (frames.Lsn < _next)
                continue;

            if (!_found && frames.Timestamp < plan.Since)
            {
                _next = frames.Lsn + 1;
                continue;
            }

            _found = true;
            if (frames.Lsn >= end || !Fits(plan, frames))
            {
                _full = true;
                return;
            }

            _page.Add(frames);
            _next = frames.Lsn + 1;
        }
    }

    private bool Fits(in ReadPlan plan, in AppendFrames frame)
    {
        if (frame.Timestamp >= plan.Until || _page.Count == plan.MaxRecords)
            return false;

        return _page.Count == 0 || _page.Bytes + frame.Content.Length + Limits.RecordOverheadBytes <= plan.MaxBytes;
    }

    private LogException Missing() =>
        new(LogErrorCode.Corrupt, $"Record {_next} was acknowledged and cannot be found.", new LogErrorFacts(Reason: "missing"));

    private static bool IsFar(WalPosition last, WalPosition position) =>
        position.File != last.File || position.Offset - last.Offset >= Foreign;
}
