using Orleans.Log.Engine.Pipeline;
using Orleans.Log.Engine.Segments;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Offload;

/// <summary>
/// Reads what several cuts are to carry from the WAL into one segment, in one pass forward, whose foreign stretches are skipped by the streams' indexes. Nothing is ever left
/// out: a record that should be there and is not takes its stream out of the round. For one thread, once.
/// </summary>
/// <param name="wal">Durable at least up to the as-of of every cut.</param>
/// <param name="budget">Length at which the segment is full. One batch may exceed it.</param>
internal sealed class EntryCollector(IWal wal, long budget)
{
    // After so much of other streams' data the indexes are asked whether they know a nearer place.
    private const uint Foreign = 256 * 1024;

    private readonly Dictionary<StreamId, Want> _wanted = [];

    /// <summary>Streams whose records could not all be read, and why.</summary>
    public List<(OffloadTicket Ticket, LogException Error)> Failed { get; } = [];

    /// <summary>Streams that were trimmed meanwhile, beyond the record that their cut was to carry next.</summary>
    public List<OffloadTicket> Outdated { get; } = [];

    /// <summary>Fills the segment.</summary>
    public void Collect(IEnumerable<OffloadTicket> tickets, SegmentBuilder segment)
    {
        foreach (var ticket in tickets)
        {
            if (ticket.Job is { IsCarried: false } job)
                _wanted.Add(job.Cut.Id, new Want(ticket, job.Next, job.Cut.Tail));
        }

        if (Nearest() is not { } from)
            return;

        using var cursor = wal.OpenCursor(from);
        var last = from;
        while (_wanted.Count > 0)
        {
            if (!MoveNext(cursor))
            {
                // What the cursor stood in may have been given up with the records of a stream that was trimmed; the others' are further on.
                if (Nearest() is { } rest && rest > last)
                {
                    cursor.Seek(last = rest);
                    continue;
                }

                FailAll("The WAL ends before the cut.");
                return;
            }

            var entry = cursor.Entry;
            if (entry.Type == WalEntryType.Append && _wanted.TryGetValue(entry.Stream, out var want))
            {
                last = cursor.Position;
                if (!Take(cursor, entry, want, segment))
                    return;
            }
            else if (cursor.Position.File != last.File || cursor.Position.Offset - last.Offset >= Foreign)
            {
                last = cursor.Position;
                if (Nearest() is { } place && place > last)
                    cursor.Seek(place);
            }
        }
    }

    /// <summary>False when the segment is full.</summary>
    private bool Take(IWalCursor cursor, in WalEntry entry, Want want, SegmentBuilder segment)
    {
        var end = entry.Lsn + entry.Count;
        if (end <= want.Next)
            return true;

        if (entry.Lsn > want.Next)
        {
            Fail(want, new LogException(LogErrorCode.Corrupt, $"Record {want.Next} was acknowledged and cannot be found."));
            return true;
        }

        ReadOnlySpan<byte> body;
        try
        {
            body = cursor.Body;
        }
        catch (LogException error)
        {
            Fail(want, error);
            return true;
        }

        var length = segment.LengthWith(entry, body.Length);
        if (length == long.MaxValue || (length > budget && segment.Runs > 0))
            return false;

        segment.Add(entry, body);
        want.Next = end;
        if (want.Next >= want.End)
            _wanted.Remove(entry.Stream);

        return true;
    }

    /// <summary>The lowest place where a record may stand that is wanted.</summary>
    private WalPosition? Nearest()
    {
        WalPosition? nearest = null;
        foreach (var want in _wanted.Values.ToList())
        {
            if (want.Ticket.Stream.PlaceOf(want.Next) is not { } place)
                Outdate(want);
            else if (nearest is null || place < nearest)
                nearest = place;
        }

        return nearest;
    }

    private static bool MoveNext(IWalCursor cursor)
    {
        try
        {
            return cursor.MoveNext();
        }
        catch (LogException error) when (error.Code == LogErrorCode.Trimmed)
        {
            return false;
        }
    }

    private void Outdate(Want want)
    {
        _wanted.Remove(want.Ticket.Stream.Id);
        Outdated.Add(want.Ticket);
    }

    private void FailAll(string why)
    {
        foreach (var want in _wanted.Values.ToList())
            Fail(want, new LogException(LogErrorCode.Corrupt, why));
    }

    private void Fail(Want want, LogException error)
    {
        _wanted.Remove(want.Ticket.Stream.Id);
        Failed.Add((want.Ticket, error));
    }

    private sealed class Want(OffloadTicket ticket, long next, long end)
    {
        public OffloadTicket Ticket { get; } = ticket;

        public long Next { get; set; } = next;

        public long End { get; } = end;
    }
}
