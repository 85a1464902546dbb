namespace Orleans.Log.Engine.Wal;

/// <summary>What can be used of acknowledged blocks that do not verify: never cut, never skipped in silence.</summary>
internal sealed partial class WalScanner
{
    // A header with one wrong bit is put right by trying every bit: checksum, place and chain must then all agree, which no accident does. Looks
    // where the reader stands and, if no block follows in this file, at the beginning of the next; leaves the reader where the header is.
    private bool TryRepairHeader(out BlockHeader header, out uint checksum)
    {
        if (TryRepairHere(out header, out checksum))
            return true;

        var (file, offset) = (_reader.File, _reader.Offset);
        if (file == _lastFile || _evidence.Behind(_reader.Position, _expected).Any(later => later.File == file))
            return false;

        _reader.Seek(file + 1, WalFormat.SectorBytes);
        if (TryRepairHere(out header, out checksum))
        {
            _scan.Extents.End(file, (uint)offset);
            return true;
        }

        _reader.Seek(file, offset);
        return false;
    }

    private bool TryRepairHere(out BlockHeader header, out uint checksum)
    {
        (header, checksum) = (default, 0);
        Span<byte> bytes = stackalloc byte[WalFormat.BlockHeaderBytes];
        var source = _reader.Peek(WalFormat.SectorBytes);
        if (!_chainKnown || source.Length < bytes.Length)
            return false;

        source[..bytes.Length].CopyTo(bytes);
        for (var bit = 0; bit < 8 * bytes.Length; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            if (_blocks.HeaderAt(bytes, _reader.Position, out header, out checksum) && Continues(header))
                return true;

            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        return false;
    }

    // The header holds: the block's length is known, and the chain goes on behind it.
    private void SalvageBlock(in BlockHeader header)
    {
        BlockSeen?.Invoke(header);
        var block = _reader.Peek(header.PaddedLength);
        var start = header.Offset + WalFormat.BlockHeaderBytes;
        var end = header.Offset + (uint)header.Length;
        if (_blocks.Verify(block, header) != WalBlockState.Damaged || SalvageCount(block, header) < header.Count)
        {
            Salvage(block[..Math.Min(block.Length, header.Length)], header.Offset, start, end);
            return;
        }

        // As many records as were written, each whole, and yet not the ones that were written: none of them is trusted.
        Report(_reader.File, start, end);
    }

    private int SalvageCount(ReadOnlySpan<byte> block, in BlockHeader header)
    {
        var place = _blocks.PlaceOf(header);
        var count = 0;
        var length = Math.Min(block.Length, header.Length);
        for (var at = WalFormat.BlockHeaderBytes; at < length;)
        {
            if (EntryHeader.TryRead(block[at..length], place, header.Offset + (uint)at, length - at, out var record))
            {
                count++;
                at += record.PaddedLength;
            }
            else
            {
                at += WalFormat.EntryAlignment;
            }
        }

        return count;
    }

    // The header does not hold: everything up to the next block whose header does is searched for records.
    private bool SalvageUpToNext(WalPosition place)
    {
        var next = _evidence.Behind(place, _expected).FirstOrDefault();
        if (next.Sequence == 0)
            return EndInDamage(place);

        _scan.DamagedBlocks += Math.Max(0, next.Sequence - _expected - 1);
        for (var file = place.File; file <= next.File; file++)
        {
            var from = file == place.File ? place.Offset : WalFormat.SectorBytes;
            var to = file == next.File ? next.Offset : (uint)_fileSize;
            SalvageRange(file, from, to);
            if (file < next.File)
                _scan.Extents.End(file, to);
        }

        _reader.Seek(next.File, next.Offset);
        (_expected, _chainKnown, _scan.RecordsEnd) = (next.Sequence, false, next.Position);
        return true;
    }

    // The last blocks are damaged and where they end is not known: writing goes on in the next file, and nothing is touched here.
    private bool EndInDamage(WalPosition place)
    {
        // A slot of version 1 does not know the last file; one of version 2 does, and it was found.
        if (_control.LastFile == 0 && place.File == _lastFile && RestIsEmpty(place))
        {
            throw new DataDirectoryException(
                DataDirectoryProblem.MissingFile,
                $"Block {_expected} was acknowledged and is not there; the WAL ends with file {place.File}. A later WAL file seems to be missing.");
        }

        var next = place.File;
        for (; next == place.File || HoldsRecords(next); next++)
        {
            var from = next == place.File ? place.Offset : WalFormat.SectorBytes;
            var to = RecordsMayReach(next);
            if (from < to)
                SalvageRange(next, from, to);

            _scan.Extents.End(next, (uint)_fileSize);
        }

        _scan.Tail = new WalTail(next, WalFormat.SectorBytes, Math.Max(_expected, _evidence.DurableThrough(place, _expected)) + 1, 0);
        _scan.RecordsEnd = _scan.Tail.Position;
        return false;
    }

    // After a clean shutdown the slot says where the last record ends; otherwise acknowledged ones may have stood anywhere in the file.
    private uint RecordsMayReach(long file)
    {
        var end = _control.RecordsEnd;
        return !_control.Clean || _control.LastFile == 0 || file < end.File ? (uint)_fileSize
            : file == end.File ? end.Offset
            : WalFormat.SectorBytes;
    }

    // Blocks stood in a file behind the damage if the slot says so, or if a record of its present life is there.
    private bool HoldsRecords(long file)
    {
        if (file > _lastFile)
            return false;

        var end = _control.RecordsEnd;
        if (file < end.File || (file == end.File && end.Offset > WalFormat.SectorBytes))
            return true;

        var place = WalPlace.Of(_control.WalId, file, _sabotage);
        _reader.Seek(file, WalFormat.SectorBytes);
        while (_reader.Left > 0)
        {
            var bytes = _reader.Peek(2 * WalFormat.SectorBytes);
            for (var at = 0; at < Math.Min(WalFormat.SectorBytes, bytes.Length); at += WalFormat.EntryAlignment)
            {
                if (EntryHeader.TryRead(bytes[at..], place, (uint)(_reader.Offset + at), _fileSize - _reader.Offset - at, out _))
                    return true;
            }

            _reader.Advance(WalFormat.SectorBytes);
        }

        return false;
    }

    private bool RestIsEmpty(WalPosition place)
    {
        _reader.Seek(place.File, place.Offset);
        while (_reader.Left > 0)
        {
            if (_reader.Peek(WalFormat.SectorBytes).ContainsAnyExcept((byte)0))
                return false;

            _reader.Advance(WalFormat.SectorBytes);
        }

        return true;
    }

    // In pieces with an overlap of the largest record, so that memory stays bounded however long the range is.
    private void SalvageRange(long file, uint from, uint to)
    {
        _reader.Seek(file, from);
        var place = WalPlace.Of(_control.WalId, file, _sabotage);
        var at = (long)from;
        var gap = (long)from;
        var headerRoom = from + WalFormat.BlockHeaderBytes;
        while (at < to)
        {
            // Enough for a record of the largest size from anywhere in the first sector.
            var bytes = _reader.Peek((int)Math.Min(WalForwardReader.LargestPeek, to - _reader.Offset));
            var local = (int)(at - _reader.Offset);
            if (local >= bytes.Length)
                break;

            if (EntryHeader.TryRead(bytes[local..], place, (uint)at, bytes.Length - local, out var record))
            {
                if (at != headerRoom || gap != from)
                    ReportGap(file, gap, at);

                DeliverOrReport(bytes[local..], record, new WalPosition(file, (uint)at));
                at += record.PaddedLength;
                gap = at;
            }
            else
            {
                at += WalFormat.EntryAlignment;
            }

            var whole = (at - _reader.Offset) / WalFormat.SectorBytes * WalFormat.SectorBytes;
            if (whole > 0)
                _reader.Advance((int)Math.Min(whole, _fileSize - _reader.Offset));
        }

        ReportGap(file, gap, to);
    }

    private void Salvage(ReadOnlySpan<byte> block, uint offset, uint start, uint end)
    {
        var file = _reader.File;
        var place = WalPlace.Of(_control.WalId, file, _sabotage);
        var gap = (long)start;
        var at = (long)start;
        while (at < end)
        {
            var local = (int)(at - offset);
            if (local < block.Length && EntryHeader.TryRead(block[local..], place, (uint)at, end - at, out var record) && record.Length <= block.Length - local)
            {
                if (gap < at)
                    Report(file, gap, at);

                DeliverOrReport(block[local..], record, new WalPosition(file, (uint)at));
                at += record.PaddedLength;
                gap = at;
            }
            else
            {
                at += WalFormat.EntryAlignment;
            }
        }

        if (gap < end)
            Report(file, gap, end);
    }

    private void DeliverOrReport(ReadOnlySpan<byte> record, in EntryView view, WalPosition position)
    {
        if (WalBlockCheck.BodyHolds(record, view, _sabotage))
        {
            Deliver(record, view, position);
            return;
        }

        _scan.DamagedEntries++;
        _replay.OnDamagedEntry(position, new WalPosition(position.File, position.Offset + (uint)view.PaddedLength), view.Entry);
    }

    // Too short for a record is no loss.
    private void ReportGap(long file, long from, long to)
    {
        if (to - from >= WalFormat.EntryHeaderBytes)
            Report(file, from, to);
    }

    private void Report(long file, long from, long to)
    {
        var range = new WalRange(new WalPosition(file, (uint)from), new WalPosition(file, (uint)to));
        _scan.Damage.Add(range);
        _replay.OnDamage(range.From, range.To);
    }
}
