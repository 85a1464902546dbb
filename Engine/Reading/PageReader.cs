using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Reading;

/// <summary>
/// Fills one page: walks the WAL forward from a known place and takes what belongs to the stream. Holds a cursor while it runs and nothing afterwards, so a
/// slow follower holds nothing. Nothing is ever skipped: a record that should be there and is not is <see cref="LogErrorCode.Corrupt"/>, but what
/// was read before it is returned first. For one thread and one page.
/// </summary>
internal struct PageReader(IWal wal, StreamId stream, IStreamPlaces places)
{
    /// <summary>After so much of other streams' data the index is asked again whether it knows a nearer place.</summary>
    private const uint Foreign = 64 * 1024;

    private IndexEntry _stop;

    /// <summary>Reads a page. Throws <see cref="LogException"/> (Corrupt) if there is no first record where one must be.</summary>
    public ReadPage Read(in ReadPlan plan)
    {
        if (plan.End is not { } end)
            return new WalReadPage(rented: null, default, plan.EmptyAt, plan.Stream);

        var fill = new PageFill(plan, plan.Start ?? Math.Max(plan.From.Lsn, plan.Stream.Head));
        _stop = plan.From;
        try
        {
            Walk(plan, fill, end);
        }
        catch (LogException) when (fill.Count > 0)
        {
            // The next read begins at the damage, and says so.
        }
        catch
        {
            fill.Discard();
            throw;
        }

        // Only where it was not the tail that stopped it: followers find the tail without help.
        if (fill.Next < plan.Stream.Tail)
            places.Remember(_stop);

        return fill.Build();
    }

    private void Walk(in ReadPlan plan, PageFill fill, long end)
    {
        using var cursor = wal.OpenCursor(plan.From.Position);
        var last = plan.From.Position;
        var asked = false;
        while (!fill.IsFull && fill.Next < end)
        {
            if (!cursor.MoveNext())
                throw fill.Missing();

            var entry = cursor.Entry;
            if (entry.Stream == stream && entry.Type == WalEntryType.Append)
            {
                (last, asked) = (cursor.Position, false);
                var body = cursor.Body;
                if (fill.Take(entry, body, end, cursor.InMemory ? ReadSource.Tail : ReadSource.Wal))
                    _stop = new IndexEntry(entry.Lsn, cursor.Position, entry.Timestamp);
            }
            else if (fill.Found && (IsFar(last, cursor.Position) || (!asked && fill.Next >= plan.EachFrom)))
            {
                // Where each batch is known, the next one is asked for at once: between two of one stream there may be one of each of a thousand others.
                (last, asked) = (cursor.Position, true);
                if (places.Find(fill.Next) is { } place && place.Position > cursor.Position)
                    cursor.Seek(place.Position);
            }
        }
    }

    private static bool IsFar(WalPosition last, WalPosition position) =>
        position.File != last.File || position.Offset - last.Offset >= Foreign;
}
