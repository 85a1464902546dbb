using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Wal;

/// <summary>
/// Walks the blocks of a WAL in sequence, verifies the chain and everything in them, delivers the records of what was or may have been acknowledged,
/// and finds the tail. Reads only; other threads may read and verify blocks ahead, and everything that is decided is decided here, in order. What it decides at the first block that does not verify is docs/FORMAT.md §9.
/// </summary>
internal sealed partial class WalScanner : IDisposable
{
    private readonly WalForwardReader _reader;
    private readonly WalBlocks _blocks;
    private readonly WalEvidence _evidence;
    private readonly IWalReplay _replay;
    private readonly ControlSlot _control;
    private readonly WalSabotage _sabotage;
    private readonly long _fileSize;
    private readonly long _lastFile;
    private readonly WalScan _scan = new();
    private long _expected;
    private uint _previous;
    private bool _chainKnown = true;

    /// <summary>Scans the files from the control slot's first one to <paramref name="lastFile"/>, all of which exist.</summary>
    public WalScanner(IDisk disk, ControlSlot control, long lastFile, IWalReplay replay, WalReading reading, WalSabotage sabotage)
    {
        (_control, _lastFile, _replay, _sabotage) = (control, lastFile, replay, sabotage);
        _fileSize = (long)control.FileSizeMiB * WalFormat.MiB;
        _blocks = new WalBlocks(control.WalId, _fileSize, sabotage);
        _reader = new WalForwardReader(disk, _blocks, lastFile, reading);
        _evidence = new WalEvidence(control.DurableThrough, sabotage);
        _expected = control.FirstBlock;
        _previous = control.FirstPrevious;
        _scan.Extents.StartAt(control.FirstFile);
    }

    /// <summary>Called for every valid block, for inspection.</summary>
    public Action<BlockHeader>? BlockSeen { get; init; }

    /// <summary>What has been found so far.</summary>
    public WalScan Scan => _scan;

    private enum Found
    {
        Whole,
        HeaderBad,
        RecordsBad,
    }

    /// <summary>Scans to the tail.</summary>
    public WalScan Run()
    {
        _reader.Seek(_control.FirstFile, WalFormat.SectorBytes);
        var lookedTwice = WalPosition.None;
        while (true)
        {
            var found = Look(out var header, out var checksum);
            if (found == Found.Whole)
            {
                Take(header, checksum);
            }
            else if (lookedTwice != _reader.Position)
            {
                // Once more from the device: a bit that flipped on its way here must not cost a block.
                lookedTwice = _reader.Position;
                _reader.Seek(_reader.File, _reader.Offset);
            }
            else if (!Resolve(found, header, checksum))
            {
                return _scan;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    // What stands where the next block should.
    private Found Look(out BlockHeader header, out uint checksum)
    {
        var sector = _reader.Peek(WalFormat.SectorBytes);
        if (!_blocks.HeaderAt(sector, _reader.Position, out header, out checksum) || !Continues(header))
            return Found.HeaderBad;

        var block = _reader.Peek(header.PaddedLength);
        return _reader.IsKnownWhole() || _blocks.Verify(block, header) == WalBlockState.Whole ? Found.Whole : Found.RecordsBad;
    }

    private bool Continues(in BlockHeader header)
    {
        if (_sabotage.Has(WalSabotage.TrustStaleFile) && header.File != _reader.File)
            return true;

        if (!_chainKnown)
            return header.Sequence >= _expected;

        return _sabotage.Has(WalSabotage.IgnoreChain)
            ? header.Sequence >= _expected
            : header.Sequence == _expected && header.PreviousHeader == _previous;
    }

    // A whole block: deliver its records and go on behind it.
    private void Take(in BlockHeader header, uint checksum)
    {
        BlockSeen?.Invoke(header);
        _scan.Blocks++;
        _scan.Bytes += header.PaddedLength;
        if (header.Count == 0)
            _scan.Marks++;

        var block = _reader.Peek(header.PaddedLength);
        var place = _blocks.PlaceOf(header);
        var at = WalFormat.BlockHeaderBytes;
        for (var i = 0; i < header.Count; i++)
        {
            EntryHeader.TryRead(block[at..header.Length], place, header.Offset + (uint)at, header.Length - at, out var record);
            Deliver(block[at..], record, new WalPosition(_reader.File, header.Offset + (uint)at));
            at += record.PaddedLength;
        }

        Pass(header, checksum);
    }

    private void Deliver(ReadOnlySpan<byte> record, in EntryView view, WalPosition position)
    {
        _scan.Entries++;
        _replay.OnEntry(
            position,
            new WalPosition(position.File, position.Offset + (uint)view.PaddedLength),
            view.Entry,
            record[WalFormat.EntryHeaderBytes..view.Length]);
    }

    private void Pass(in BlockHeader header, uint checksum)
    {
        if (_reader.Offset == WalFormat.SectorBytes)
            _scan.Extents.Begin(_reader.File, header.Sequence, header.PreviousHeader);

        if (header.Count > 0)
            _scan.RecordsEnd = new WalPosition(_reader.File, (uint)_reader.Offset + (uint)header.PaddedLength);

        _expected = header.Sequence + 1;
        _previous = checksum;
        _chainKnown = true;
        _reader.Advance(header.PaddedLength);
    }
}
