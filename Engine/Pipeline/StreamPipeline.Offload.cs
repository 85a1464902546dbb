using System.Diagnostics;
using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Offload;
using Orleans.Log.Engine.Reading;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Pipeline;

/// <content>
/// How the stream leaves for the store. It counts what was ordered since the last cut and says twice that there is something to do: at the first
/// change, and when a segment is full. Cursors keep this order: head ≤ offloaded ≤ committed tail. What lies below offloaded is no longer looked for in the WAL.
/// </content>
internal sealed partial class StreamPipeline
{
    // Ordered since the last cut; a change without records counts as one byte, so that it is published as well.
    private long _uncut;

    // What the cut carries that is not published yet.
    private long _inCut;

    // The count at which the offloader is told something next. One comparison for each append, whether there is a store or not.
    private long _markAt;
    private bool _dirty;
    private bool _cutPending;
    private long _cutEntry;
    private TaskCompletionSource? _cutCommitted;
    private bool _restored;

    /// <summary>Who knows what the catalog says of it. Set once, by whoever made it.</summary>
    public IStreamOwner? Owner { get; set; }

    /// <summary>What the schedule keeps of this stream; its alone, and null until there was something to do.</summary>
    public OffloadTicket? Ticket { get; set; }

    /// <summary>About how much a cut would have to carry now; read without a lock, for deciding what goes together.</summary>
    public long Uncut => Volatile.Read(ref _uncut);

    /// <summary>About how much is in no published segment; read without a lock, for people: for a moment it may count twice what is being cut.</summary>
    public long Unpublished => Volatile.Read(ref _uncut) + Volatile.Read(ref _inCut);

    /// <summary>Nothing was ordered or changed since the cut that was published last.</summary>
    public bool IsPublished
    {
        get
        {
            lock (_gate)
                return !_dirty && !_cutPending && _uncut == 0;
        }
    }

    /// <summary>It was deleted: nothing of it is published any more.</summary>
    public bool IsDeleted
    {
        get
        {
            lock (_gate)
                return _deleted;
        }
    }

    /// <summary>Everything below is in published segments, or was given up.</summary>
    public long Offloaded
    {
        get
        {
            lock (_gate)
                return _committed.Offloaded;
        }
    }

    /// <summary>How many committed records there are from an LSN on; LSNs that were lost with a log are none.</summary>
    public long RecordsFrom(long lsn)
    {
        lock (_gate)
        {
            var lost = _lost?.Ranges.Sum(range => Math.Max(0, range.To - Math.Max(range.From, lsn))) ?? 0;
            return Math.Max(0, _committed.Tail - lsn - lost);
        }
    }

    /// <summary>A place in the WAL from which a walk meets the record of an LSN; null if everything from there on is offloaded or trimmed.</summary>
    public WalPosition? PlaceOf(long lsn)
    {
        lock (_gate)
            return lsn < _committed.Offloaded ? null : (_index.Floor(lsn) ?? _index.First)?.Position;
    }

    /// <summary>Something other than its entries changed, such as its configuration, or nothing of it is published: it is to be cut.</summary>
    public void MarkChanged()
    {
        lock (_gate)
            CountUncut(1);
    }

    /// <summary>Recovery: the same, of something that stands in the log behind the checkpoint.</summary>
    public void RecoverChanged() => _dirty = true;

    /// <summary>
    /// Captures the stream for publication, and counts anew from here; null if a stream like this is not published: it is deleted, or damaged, and then what is left in
    /// the WAL stays there for whoever repairs it. One cut at a time: the next one after <see cref="MarkOffloaded"/> or <see cref="DropCut"/>.
    /// </summary>
    /// <param name="committed">Ends when everything in the cut is committed, or the stream has ended; never fails. The log's being durable is not enough: the stream learns of it a moment later.</param>
    public StreamCheckpoint? Cut(out Task committed)
    {
        committed = Task.CompletedTask;
        lock (_gate)
        {
            if (_deleted || IsDamaged)
                return null;

            Debug.Assert(!_cutPending, "There is one cut of a stream at a time.");
            Volatile.Write(ref _inCut, _uncut);
            Volatile.Write(ref _uncut, 0);
            (_dirty, _cutPending, _markAt) = (false, true, 1);
            var cut = CaptureLocked();
            if (cut.LastEntry > _committed.Entry && !_stopped)
            {
                (_cutEntry, _cutCommitted) = (cut.LastEntry, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
                committed = _cutCommitted.Task;
            }

            return cut;
        }
    }

    /// <summary>The cut was given up; what it held is to be cut again.</summary>
    public void DropCut()
    {
        lock (_gate)
        {
            (_inCut, _cutPending) = (0, false);
            CountUncut(1);
        }
    }

    /// <summary>
    /// The store's root says that everything below <paramref name="through"/> is in verified segments: a cut of this stream, at an as-of of this WAL. Reads below go to the
    /// store from here on, and the WAL is not needed for them.
    /// </summary>
    /// <param name="through">LSN behind the last record of the cut.</param>
    /// <param name="asOf">The cut's place in the WAL: no record from <paramref name="through"/> on stands below.</param>
    /// <param name="lastTimestamp">Timestamp of the record before <paramref name="through"/>.</param>
    /// <returns>Where the oldest record stood that was needed until now; null if none was.</returns>
    public WalPosition? MarkOffloaded(long through, WalPosition asOf, long lastTimestamp)
    {
        lock (_gate)
        {
            var oldest = OldestLiveLocked;
            (_inCut, _cutPending) = (0, false);
            if (through <= _committed.Offloaded)
                return oldest;

            Debug.Assert(through <= _committed.Tail, "Only what is committed is offloaded.");
            _committed.Offloaded = through;
            if (through == _state.Tail)
                _index.TrimTo(through, isEmpty: true);
            else
                _index.StartAt(new IndexEntry(through, asOf, lastTimestamp));

            return oldest;
        }
    }

    /// <summary>Takes whoever waits for the cut, if it is committed. Under the lock.</summary>
    private TaskCompletionSource? TakeCutCommitted(long entry)
    {
        if (_cutCommitted is not { } waiter || entry < _cutEntry)
            return null;

        _cutCommitted = null;
        return waiter;
    }

    /// <summary>Counts what was ordered, and tells the offloader when there is something new to tell. Under the lock.</summary>
    private void CountUncut(long bytes)
    {
        _uncut += bytes;
        if (_uncut >= _markAt)
            Mark();
    }

    private void Mark()
    {
        var marks = _node.Offload!;
        if (!_dirty)
        {
            (_dirty, _markAt) = (true, marks.SegmentBytes);
            marks.OnDirty(this);
        }

        if (_uncut < _markAt)
            return;

        _markAt = long.MaxValue;
        marks.OnFull(this);
    }
}
