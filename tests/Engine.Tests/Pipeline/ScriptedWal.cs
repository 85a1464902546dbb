using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Pipeline;

/// <summary>
/// The seam between streams and the WAL, with the disk in the test's hand: an entry becomes durable when the test says so, and not before. What
/// needs no such control runs on the real WAL.
/// </summary>
internal sealed class ScriptedWal : IWal
{
    private int _openCursors;
    private const uint FileBytes = 1 << 20;

    private readonly Lock _gate = new();
    private readonly List<(WalPosition Position, WalEntry Entry, byte[] Body, IWalSubscriber Subscriber)> _entries = [];
    private int _durable;
    private bool _failed;

    /// <summary>What admission answers.</summary>
    public WalAdmission Appends { get; set; }

    /// <summary>What admission answers to control entries.</summary>
    public WalAdmission Controls { get; set; }

    /// <summary>Cursors that are open.</summary>
    public int OpenCursors => Volatile.Read(ref _openCursors);

    /// <summary>How often a cursor moved.</summary>
    public long Steps { get; private set; }

    /// <summary>Bytes that cannot be read any more.</summary>
    public HashSet<WalPosition> Damaged { get; } = [];

    /// <summary>Below, everything was reclaimed.</summary>
    public WalPosition Head { get; set; }

    public WalPosition End { get; private set; } = new(1, 4096);

    public WalPosition DurableThrough
    {
        get
        {
            lock (_gate)
                return _durable == _entries.Count ? End : _entries[_durable].Position;
        }
    }

    /// <summary>The entries, in order; the durable ones if nothing else is said.</summary>
    public IReadOnlyList<(WalPosition Position, WalEntry Entry, byte[] Body)> Entries(bool all = false)
    {
        lock (_gate)
            return [.. _entries.Take(all ? _entries.Count : _durable).Select(e => (e.Position, e.Entry, e.Body))];
    }

    public WalAdmission TryAdmit(long bodyBytes, WalClass cls) =>
        _failed ? WalAdmission.Stopped : cls == WalClass.Append ? Appends : Controls;

    public WalPosition Append<TBody>(in WalEntry entry, in TBody body, IWalSubscriber subscriber)
        where TBody : struct, IWalBody
    {
        var bytes = new byte[body.Length];
        bytes.AsSpan().Fill(0xEE);
        body.WriteTo(bytes);
        lock (_gate)
        {
            if (_failed)
                throw new LogException(LogErrorCode.OutcomeUnknown, "The WAL has failed.");

            var length = (uint)(72 + bytes.Length + 7) & ~7u;
            if (End.Offset + length > FileBytes)
                End = new WalPosition(End.File + 1, 4096);

            var position = End;
            _entries.Add((position, entry, bytes, subscriber));
            End = new WalPosition(End.Value + length);
            return position;
        }
    }

    /// <summary>Makes the next entries durable, all by default, and tells each subscriber once.</summary>
    public void Flush(int count = int.MaxValue)
    {
        List<(IWalSubscriber Subscriber, long Entry)> told;
        lock (_gate)
        {
            var end = (int)Math.Min(_entries.Count, (long)_durable + count);
            told = [.. _entries.Take(_durable..end).GroupBy(e => e.Subscriber).Select(g => (g.Key, g.Max(e => e.Entry.Entry)))];
            _durable = end;
        }

        foreach (var (subscriber, entry) in told)
            subscriber.OnDurable(entry);
    }

    /// <summary>The disk fails.</summary>
    public void Fail()
    {
        List<IWalSubscriber> told;
        lock (_gate)
        {
            _failed = true;
            told = [.. _entries.Skip(_durable).Select(e => e.Subscriber).Distinct()];
        }

        foreach (var subscriber in told)
            subscriber.OnFailed(new IOException("EIO"));
    }

    /// <summary>What is on the disk after a crash: the durable entries.</summary>
    public void Crash()
    {
        lock (_gate)
        {
            _entries.RemoveRange(_durable, _entries.Count - _durable);
            _failed = false;
        }
    }

    /// <summary>Loses entries for good, as damage would.</summary>
    public void Lose(Func<WalEntry, bool> which)
    {
        lock (_gate)
            _durable -= _entries.RemoveAll(e => which(e.Entry));
    }

    public IWalCursor OpenCursor(WalPosition from) => new Cursor(this, from);

    private sealed class Cursor : IWalCursor
    {
        private readonly ScriptedWal _wal;
        private int _next;
        private (WalPosition Position, WalEntry Entry, byte[] Body, IWalSubscriber Subscriber) _current;

        public Cursor(ScriptedWal wal, WalPosition from)
        {
            _wal = wal;
            Interlocked.Increment(ref wal._openCursors);
            Seek(from);
        }

        public WalEntry Entry => _current.Entry;

        public ReadOnlySpan<byte> Body => _wal.Damaged.Contains(Position)
            ? throw new LogException(LogErrorCode.Corrupt, "The checksum does not hold.")
            : _current.Body;

        public bool InMemory => true;

        public WalPosition Position => _current.Position;

        public bool MoveNext()
        {
            lock (_wal._gate)
            {
                _wal.Steps++;
                if (_next >= _wal._durable)
                    return false;

                if (_wal._entries[_next].Position < _wal.Head)
                    throw new LogException(LogErrorCode.Trimmed, "The position was reclaimed.");

                _current = _wal._entries[_next++];
                return true;
            }
        }

        public void Seek(WalPosition position)
        {
            lock (_wal._gate)
            {
                _next = _wal._entries.FindIndex(e => e.Position >= position);
                if (_next < 0)
                    _next = _wal._entries.Count;
            }
        }

        public void Dispose() => Interlocked.Decrement(ref _wal._openCursors);
    }
}
