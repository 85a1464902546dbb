using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Reading;

/// <summary>A batch and where it stands.</summary>
/// <param name="Lsn">LSN of its first record. No record from there on stands below the position.</param>
/// <param name="Position">Where.</param>
/// <param name="Timestamp">Timestamp of its first record.</param>
internal readonly record struct IndexEntry(long Lsn, WalPosition Position, long Timestamp);

/// <summary>
/// Where a stream's records stand in the WAL: exact for the last few batches, which followers ask for; sparse before that, one batch of those that were among them for
/// every <see cref="FirstStride"/> of WAL; and the places where readers of older data stopped, so that going on costs them no search. A reader starts at the
/// place found and walks forward. The memory is bounded by 24 bytes for every <see cref="BytesPerEntry"/> of the stream's own data, within fixed bounds: a small
/// stream that is spread thinly over a large WAL does not pay for the others' data. Never evidence: rebuilt from the WAL. Guarded by the stream's lock.
/// </summary>
internal struct StreamIndex
{
    /// <summary>WAL distance between sparse entries at first; doubled whenever the list is full.</summary>
    public const uint FirstStride = 64 * 1024;

    /// <summary>Own data that earns a stream one more sparse entry.</summary>
    public const int BytesPerEntry = 64 * 1024;

    private const int Fewest = 2;
    private const int FewestSparse = 64;
    private const int MostSparse = 4_096;
    private const int MostRecent = 32;
    private const int Stops = 8;

    private IndexEntry[] _recent = [];
    private long _added;
    private IndexEntry[] _sparse = [];
    private int _sparseCount;
    private IndexEntry _lastSparse;
    private uint _stride = FirstStride;
    private long _bytes;
    private IndexEntry[] _stops = [];
    private int _nextStop;

    /// <summary>Of an empty stream.</summary>
    public StreamIndex()
    {
    }

    /// <summary>Number of entries held, for tests of the bound.</summary>
    public int Held => Math.Min((int)Math.Min(_added, MostRecent), _recent.Length) + _sparseCount + _stops.Length;

    /// <summary>From this LSN on the place of each batch is known; <see cref="long.MaxValue"/> if of none.</summary>
    public long EachFrom => _added == 0 ? long.MaxValue : _recent[Math.Max(0, _added - _recent.Length) & (_recent.Length - 1)].Lsn;

    /// <summary>Adds the stream's next batch.</summary>
    public void Add(in IndexEntry entry, int bytes)
    {
        _bytes += bytes;
        if (_recent.Length < MostRecent && _added == _recent.Length)
            Array.Resize(ref _recent, Larger(_recent.Length));

        ref var slot = ref _recent[_added & (_recent.Length - 1)];
        var left = _added < _recent.Length ? (IndexEntry?)null : slot;
        slot = entry;
        _added++;

        // What is among the last few is not noted twice: where many streams share the log, each of their batches is far from the one before.
        if (_sparseCount == 0)
            AddSparse(entry);
        else if (left is { } older && older.Lsn > _lastSparse.Lsn && IsFar(_lastSparse.Position, older.Position))
            AddSparse(older);
    }

    /// <summary>Has the processor fetch what the next <see cref="Add"/> is going to use.</summary>
    public readonly void PrefetchForAdd()
    {
        Prefetch.Slot(_recent, _added & (MostRecent - 1));
        Prefetch.Slot(_sparse, _sparseCount);
    }

    /// <summary>The nearest known place at or below an LSN; null if nothing is known there.</summary>
    public IndexEntry? Floor(long lsn)
    {
        IndexEntry? best = null;
        var sparse = CountBelow(_sparse.AsSpan(0, _sparseCount), lsn, static (in IndexEntry e, long wanted) => e.Lsn <= wanted);
        if (sparse > 0)
            best = _sparse[sparse - 1];

        for (var i = _added - 1; i >= Math.Max(0, _added - _recent.Length); i--)
        {
            ref readonly var entry = ref _recent[i & (_recent.Length - 1)];
            if (entry.Lsn <= lsn)
            {
                best = best is { } known && known.Lsn >= entry.Lsn ? best : entry;
                break;
            }
        }

        foreach (ref readonly var stop in _stops.AsSpan())
        {
            if (stop.Lsn <= lsn && best is { } known && stop.Lsn > known.Lsn)
                best = stop;
        }

        return best;
    }

    /// <summary>The nearest known place from which a walk meets the first record that is not older than a time; never one below that of the head.</summary>
    public IndexEntry? FloorByTime(long timestamp, long head)
    {
        var older = CountBelow(_sparse.AsSpan(0, _sparseCount), timestamp, static (in IndexEntry e, long wanted) => e.Timestamp < wanted);
        var best = older == 0 ? null : (IndexEntry?)_sparse[older - 1];
        for (var i = _added - 1; i >= Math.Max(0, _added - _recent.Length); i--)
        {
            // Those below the first place are of what was trimmed or offloaded, and perhaps reclaimed.
            ref readonly var entry = ref _recent[i & (_recent.Length - 1)];
            if (entry.Lsn < _sparse[0].Lsn)
                break;

            if (entry.Timestamp < timestamp)
            {
                best = best is { } known && known.Lsn >= entry.Lsn ? best : entry;
                break;
            }
        }

        return best is { } found && found.Lsn >= head ? found : Floor(head) ?? First;
    }

    /// <summary>The lowest place known, which stays known until it is trimmed: no reader is ever sent to one below.</summary>
    public IndexEntry? First => _sparseCount == 0 ? null : _sparse[0];

    /// <summary>Remembers where a reader of older data stopped.</summary>
    public void Remember(in IndexEntry stop)
    {
        if (_stops.Length == 0)
        {
            _stops = new IndexEntry[Stops];
            Array.Fill(_stops, new IndexEntry(long.MaxValue, WalPosition.None, 0));
        }

        _stops[_nextStop++ % Stops] = stop;
    }

    /// <summary>Forgets what lies below the head. The place of the head itself stays known.</summary>
    public void TrimTo(long head, bool isEmpty)
    {
        if (isEmpty)
        {
            (_recent, _added, _sparse, _sparseCount, _stops, _bytes, _stride) = ([], 0, [], 0, [], 0, FirstStride);
            return;
        }

        if (Floor(head) is { } place)
            BeginWith(place);
    }

    /// <summary>
    /// Forgets what lies below a place, which is exact: no record of the stream from its LSN on stands below its position. Unlike the sparse entry that it replaces it keeps no
    /// WAL file that it need not, so that what was offloaded lets go of all of them.
    /// </summary>
    public void StartAt(in IndexEntry place)
    {
        // Where the record itself stands is known for most: then nothing before it is needed.
        BeginWith(Floor(place.Lsn) is { } known && known.Lsn == place.Lsn ? known : place);
        _stride = FirstStride;
    }

    /// <summary>Makes a place the first one, and forgets what lies below. It stays, whatever becomes of the entry that it was found in.</summary>
    private void BeginWith(in IndexEntry place)
    {
        var below = CountBelow(_sparse.AsSpan(0, _sparseCount), place.Lsn, static (in IndexEntry e, long wanted) => e.Lsn <= wanted);
        _bytes = Math.Max(0, _bytes - (long)Math.Max(0, below - 1) * BytesPerEntry);
        _sparse = [place, .. _sparse.AsSpan(below, _sparseCount - below)];
        _sparseCount = _sparse.Length;
        _lastSparse = _sparse[^1];
        foreach (ref var stop in _stops.AsSpan())
        {
            if (stop.Lsn < place.Lsn)
                stop = stop with { Lsn = long.MaxValue };
        }
    }

    private delegate bool IsBelow(in IndexEntry entry, long wanted);

    private static int CountBelow(ReadOnlySpan<IndexEntry> ascending, long wanted, IsBelow isBelow)
    {
        var (low, high) = (0, ascending.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (isBelow(ascending[middle], wanted))
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private void AddSparse(in IndexEntry entry)
    {
        if (_sparseCount == Math.Clamp(_bytes / BytesPerEntry, FewestSparse, MostSparse))
            Thin();

        if (_sparseCount == _sparse.Length)
            Array.Resize(ref _sparse, Larger(_sparse.Length));

        _sparse[_sparseCount++] = _lastSparse = entry;
    }

    // In few steps while it is small: of many streams each takes them, and each leaves something for the collector.
    private static int Larger(int length) => length == 0 ? Fewest : length < MostRecent ? length * 4 : length * 2;

    private bool IsFar(WalPosition last, WalPosition position) =>
        position.File != last.File || position.Offset - last.Offset >= _stride;

    /// <summary>Drops every second entry; the first, the place of the head, stays.</summary>
    private void Thin()
    {
        var kept = 0;
        for (var i = 0; i < _sparseCount; i += 2)
            _sparse[kept++] = _sparse[i];

        _sparseCount = kept;
        _stride = Math.Min(_stride * 2, 1u << 30);
    }
}
