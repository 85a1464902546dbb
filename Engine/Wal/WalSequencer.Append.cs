namespace Orleans.Log.Engine.Wal;

/// <summary>Entries into the open block.</summary>
internal sealed partial class WalSequencer
{
    /// <summary>See <see cref="WriteAheadLog.Append"/>.</summary>
    public WalPosition Append<TBody>(in WalEntry entry, in TBody body, IWalSubscriber subscriber)
        where TBody : struct, IWalBody
    {
        var bodyLength = body.Length;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bodyLength, _options.LargestBodyBytes, nameof(body));
        var length = WalFormat.EntryHeaderBytes + bodyLength;
        var padded = WalFormat.PadToEntry(length);
        lock (_gate)
        {
            if (_error is not null || _closing)
                throw Stopped();

            var block = OpenFor(padded);
            var before = block.Count == 0 ? 0 : block.PaddedLength;
            var offset = block.Offset + (uint)block.Length;
            var record = block.Memory.Slice(block.Length, padded);
            var bytes = record.Slice(WalFormat.EntryHeaderBytes, bodyLength);
            body.WriteTo(bytes);
            record[length..].Clear();
            var checksum = EntryHeader.Write(record, entry, bodyLength, Crc32C.Of(bytes), block.File.Place, offset);

            // From here on the entry is in the log. Nothing below throws.
            block.Digest = Crc32C.Add(block.Digest, checksum);
            block.Length += padded;
            block.Count++;
            block.Permits += bodyLength;
            block.Note(subscriber, entry.Entry);
            _room.Placed(bodyLength, block.PaddedLength - before);
            Volatile.Write(ref _end, new WalPosition(block.File.Sequence, block.Offset + (uint)block.Length).Value);
            WakeWriter();
            return new WalPosition(block.File.Sequence, offset);
        }
    }

    // A block that takes so many bytes more. A record goes into the open block while that stays within its usual size; alone in a block it may be
    // as large as the largest body makes it.
    private WalBlock OpenFor(int bytes)
    {
        while (true)
        {
            if (_open is { } open)
            {
                var needed = open.Length + bytes;
                if (needed <= RoomIn(open) && (open.Count == 0 || needed <= _options.BlockBytes))
                    return open;

                if (open.Count > 0)
                    _closed.Enqueue(Close());
                else
                    Abandon(open);
            }

            _open = Open(WalFormat.BlockHeaderBytes + bytes);
        }
    }

    private long RoomIn(WalBlock block) => Math.Min(_fileSize - block.Offset, block.Chunk.Start + block.Chunk.Capacity - block.Offset);

    private WalBlock Open(int least)
    {
        if (_nextOffset + least > _fileSize)
            NextFile();

        if (_chunk is null || _nextOffset - _chunk.Start + least > _chunk.Capacity)
            _chunk = _cache.Add(_file.Sequence, _nextOffset);

        if (!_blockPool.TryPop(out var block))
            block = new WalBlock();

        _cache.BlockOpened(_chunk);
        block.Begin(_nextBlock, _file, _nextOffset, _chunk);
        return block;
    }

    private void NextFile()
    {
        // Admission counted the room, so this happens only to a caller that was not admitted; nothing has a position yet.
        if (!_readyFiles.TryDequeue(out var next))
            throw new LogException(LogErrorCode.ReadOnlyDiskFull, "No WAL file is ready.");

        _extents.End(_file.Sequence, _nextOffset);
        _room.FileLeft(_fileSize - _nextOffset);
        _file = next;
        _nextOffset = WalFormat.SectorBytes;
        _chunk = null;
        FileTaken?.Invoke();
    }

    private WalBlock Close()
    {
        var block = _open!;
        _open = null;
        _nextBlock = block.Sequence + 1;
        _nextOffset = block.Offset + (uint)block.PaddedLength;
        block.Chunk.Used = (int)(_nextOffset - block.Chunk.Start);
        return block;
    }

    // An empty block that turned out too small for its first record: as if it had never been opened.
    private void Abandon(WalBlock block)
    {
        _open = null;
        _cache.BlockCompleted(block.Chunk);
        block.Clear();
        _blockPool.Push(block);
    }

    private LogException Stopped() => _error is not null
        ? new LogException(LogErrorCode.OutcomeUnknown, "The write-ahead log has failed; this node is stopping.", innerException: _error)
        : new LogException(LogErrorCode.Draining, "The write-ahead log is closed; this node is stopping.");
}
