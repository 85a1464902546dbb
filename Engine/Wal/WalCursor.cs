namespace Orleans.Log.Engine.Wal;

/// <summary>
/// Walks the durable records of the WAL in order: from memory where the block is still there, else from the file. Checksums of what comes from disk
/// are verified: a record's header on the way, its body when <see cref="Body"/> is asked for. One thread at a time.
/// <para>Damage is stepped over, so that a stream can be read although another one's record beside it is lost: <see cref="PassedDamage"/> says so, and a
/// stream sees its own loss as a hole in its dense entry numbers.</para>
/// </summary>
public sealed class WalCursor : IWalCursor
{
    private readonly WriteAheadLog _wal;
    private readonly WalWindow _window;
    private WalPosition _next;
    private WalPosition _position;
    private EntryView _record;
    private WalPlace _place;
    private long _placeFile = -1;
    private long _limit;
    private bool _bodyHolds;
    private bool _inDamage;

    internal WalCursor(WriteAheadLog wal, WalPosition from)
    {
        _wal = wal;
        _window = new WalWindow(wal);
        Seek(from);
    }

    /// <summary>The record's entry.</summary>
    public WalEntry Entry => _record.Entry;

    /// <summary>Was the body, when it was last asked for, in a block that is kept in memory?</summary>
    public bool InMemory => _window.InMemory;

    /// <summary>Where the record starts.</summary>
    public WalPosition Position => _position;

    /// <summary>Where the cursor goes on.</summary>
    public WalPosition NextPosition => _next;

    /// <summary>Has the cursor stepped over something unreadable since it was opened or last sought?</summary>
    public bool PassedDamage { get; private set; }

    /// <summary>
    /// The record's body, valid until the next call of this cursor. Throws <see cref="LogException"/> with <see cref="LogErrorCode.Corrupt"/> if it is damaged.
    /// </summary>
    public ReadOnlySpan<byte> Body
    {
        get
        {
            var record = _window.Peek(_position, _record.Length, _limit);
            if (!_bodyHolds)
            {
                if (!BodyHolds(record))
                {
                    // The page cache may be wrong where the device is not.
                    _window.Distrust();
                    record = _window.Peek(_position, _record.Length, _limit);
                }

                if (!BodyHolds(record))
                {
                    RequireLive(_position);
                    throw new LogException(LogErrorCode.Corrupt, $"The record at {_position} of the write-ahead log is damaged.");
                }

                _bodyHolds = true;
            }

            return record[WalFormat.EntryHeaderBytes.._record.Length];
        }
    }

    /// <summary>
    /// Goes to the next durable record; false at the end of what is durable (call again after more has become durable). Throws
    /// <see cref="LogException"/> with <see cref="LogErrorCode.Trimmed"/> when the position was reclaimed meanwhile.
    /// </summary>
    public bool MoveNext()
    {
        var durable = _wal.DurableThrough;
        while (_next < durable)
        {
            RequireLive(_next);
            var limit = _next.File == durable.File ? durable.Offset : Math.Min(_wal.Extents.EndOf(_next.File), _wal.FileSize);
            if (_next.Offset >= limit)
            {
                _next = new WalPosition(_next.File + 1, WalFormat.SectorBytes);
                continue;
            }

            if (TryRecord(limit))
                return true;

            if (!TryBoundary(limit))
                StepIntoDamage();
        }

        return false;
    }

    /// <summary>Goes on from the record that starts at the position, or the first one behind it.</summary>
    public void Seek(WalPosition position)
    {
        _next = position == WalPosition.None ? _wal.Head : position;
        if (_next.Offset < WalFormat.SectorBytes)
            _next = new WalPosition(_next.File, WalFormat.SectorBytes);

        (PassedDamage, _inDamage, _record) = (false, false, default);
        _window.OnSeek();
    }

    /// <inheritdoc/>
    public void Dispose() => _window.Dispose();

    private bool TryRecord(long limit)
    {
        var bytes = _window.Peek(_next, WalFormat.EntryHeaderBytes, limit);
        if (!EntryHeader.TryRead(bytes, Place(), _next.Offset, limit - _next.Offset, out _record))
            return false;

        (_position, _limit) = (_next, limit);
        _next = new WalPosition(_next.File, _next.Offset + (uint)_record.PaddedLength);
        _bodyHolds = _window.InMemory;
        _inDamage = false;
        return true;
    }

    // Behind the last record of a block there are zeros up to the next sector, and then the next block's header or the end.
    private bool TryBoundary(long limit)
    {
        var sector = (uint)WalFormat.PadToSector((int)_next.Offset);
        var padding = _window.Peek(_next, (int)(sector - _next.Offset), limit)[..(int)Math.Min(sector - _next.Offset, limit - _next.Offset)];
        if (padding.ContainsAnyExcept((byte)0))
            return false;

        if (sector < limit)
        {
            var bytes = _window.Peek(new WalPosition(_next.File, sector), WalFormat.BlockHeaderBytes, limit);
            if (bytes.Length < WalFormat.BlockHeaderBytes
                || !BlockHeader.TryRead(bytes, out var header, out _)
                || !header.IsAt(_wal.WalId, _next.File, sector, _wal.FileSize))
                return false;

            sector += WalFormat.BlockHeaderBytes;
        }

        _next = new WalPosition(_next.File, sector);
        _inDamage = false;
        return true;
    }

    // Nothing that verifies stands here: look once more at the device, then step to where the next record could start.
    private void StepIntoDamage()
    {
        if (!_inDamage)
        {
            _inDamage = true;
            _window.Distrust();
            return;
        }

        PassedDamage = true;
        _next = new WalPosition(_next.File, _next.Offset + WalFormat.EntryAlignment);
    }

    private bool BodyHolds(ReadOnlySpan<byte> record) =>
        record.Length >= _record.Length && WalBlockCheck.BodyHolds(record, _record, _wal.Options.Sabotage);

    private void RequireLive(WalPosition position)
    {
        if (position.File < _wal.Extents.FirstFile)
            throw new LogException(LogErrorCode.Trimmed, $"Position {position} of the write-ahead log was reclaimed.");
    }

    private WalPlace Place()
    {
        if (_placeFile != _next.File)
            (_place, _placeFile) = (WalPlace.Of(_wal.WalId, _next.File, _wal.Options.Sabotage), _next.File);

        return _place;
    }
}
