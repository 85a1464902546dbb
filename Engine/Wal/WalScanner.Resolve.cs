namespace Orleans.Log.Engine.Wal;

/// <summary>The decisions at a block that does not verify.</summary>
internal sealed partial class WalScanner
{
    // True to go on scanning; false when the tail is found.
    private bool Resolve(Found found, BlockHeader header, uint checksum)
    {
        var place = _reader.Position;
        if (found == Found.HeaderBad && GoesOnInNextFile())
            return true;

        CompleteEvidence(place, found == Found.RecordsBad ? header.PaddedLength : 0);
        if (!_evidence.VouchesFor(place, _expected))
            return _sabotage.Has(WalSabotage.UseBlocksBehindHole) ? JumpTo(place) : Cut(place, found, header);

        _scan.DamagedBlocks++;
        if (found == Found.HeaderBad && TryRepairHeader(out header, out checksum))
        {
            _scan.HeadersRepaired++;
            found = Found.RecordsBad;
        }

        if (found == Found.RecordsBad)
        {
            SalvageBlock(header);
            Pass(header, checksum);
            return true;
        }

        return SalvageUpToNext(place);
    }

    // The blocks of this file end where the reader stands, if no header follows in it and the next file begins with the expected block. The chain proves it.
    private bool GoesOnInNextFile()
    {
        var (file, offset) = (_reader.File, _reader.Offset);
        if (file == _lastFile)
            return false;

        var none = _evidence.Complete
            ? !_evidence.Behind(new WalPosition(file, (uint)offset), _expected).Any(header => header.File == file)
            : SearchFile().Count == 0;
        if (none)
        {
            _reader.Seek(file + 1, WalFormat.SectorBytes);
            if (_blocks.HeaderAt(_reader.Peek(WalFormat.SectorBytes), _reader.Position, out var header, out _) && Continues(header))
            {
                _scan.Extents.End(file, (uint)offset);
                return true;
            }
        }

        _reader.Seek(file, offset);
        return false;
    }

    // Headers in the rest of the file that the reader is in.
    private List<BlockHeader> SearchFile()
    {
        var headers = new List<BlockHeader>();
        while (_reader.Left > 0)
        {
            if (_blocks.HeaderAt(_reader.Peek(WalFormat.SectorBytes), _reader.Position, out var header, out _))
                headers.Add(header);

            _reader.Advance(WalFormat.SectorBytes);
        }

        return headers;
    }

    // Looks through everything behind a place, once: whatever is found serves for every later bad block too.
    private void CompleteEvidence(WalPosition place, int skip)
    {
        if (_evidence.Complete)
            return;

        _reader.Seek(place.File, place.Offset);
        _reader.Advance(skip);
        _evidence.Add(SearchFile());
        for (var file = place.File + 1; file <= _lastFile; file++)
        {
            _reader.Seek(file, WalFormat.SectorBytes);
            _evidence.Add(SearchFile());
        }

        _evidence.Complete = true;
        _reader.Seek(place.File, place.Offset);
    }

    // Nothing from here on was acknowledged.
    private bool Cut(WalPosition place, Found found, in BlockHeader header)
    {
        if (found == Found.RecordsBad)
        {
            _scan.CutBlocks++;
            _scan.CutBytes += header.PaddedLength;
        }

        foreach (var later in _evidence.Behind(place, _expected))
        {
            _scan.CutBlocks++;
            _scan.CutBytes += later.PaddedLength;
        }

        _scan.Tail = new WalTail(place.File, place.Offset, _expected, _previous);
        return false;
    }

    // Planted defect.
    private bool JumpTo(WalPosition place)
    {
        var next = _evidence.Behind(place, _expected).FirstOrDefault();
        if (next.Sequence == 0)
            return Cut(place, Found.HeaderBad, default);

        _reader.Seek(next.File, next.Offset);
        (_expected, _chainKnown) = (next.Sequence, false);
        return true;
    }
}
