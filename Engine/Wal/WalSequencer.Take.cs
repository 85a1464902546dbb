using System.Diagnostics.CodeAnalysis;

namespace Orleans.Log.Engine.Wal;

/// <summary>Blocks out to be written, and the writers' sleep.</summary>
internal sealed partial class WalSequencer
{
    // So few subscribers are told sooner than another writer wakes up.
    private const int QuickDelivery = 4;

    private int _sleeping;
    private bool _wakeUnderWay;
    private bool _returning;

    /// <summary>
    /// Closes the open block, or takes an older closed one, if an I/O slot is free and something waits. The taker writes <see cref="WalBlock.Bytes"/>
    /// and reports <see cref="OnWritten"/> or <see cref="OnFailed"/>.
    /// </summary>
    public bool TryTakeBlock([NotNullWhen(true)] out WalBlock? block)
    {
        lock (_gate)
            return TryTake(out block);
    }

    /// <summary>Takes a mark if everything is durable and the newest of it is not vouched for on disk.</summary>
    public bool TryTakeMark([NotNullWhen(true)] out WalBlock? block)
    {
        lock (_gate)
            return TryMark(out block);
    }

    /// <summary>Writers that wait for a block.</summary>
    public int Sleeping
    {
        get
        {
            lock (_gate)
                return _sleeping;
        }
    }

    /// <summary>
    /// For a writer's thread: waits for a block. Writes the mark when the log has been quiet for the time given. Null when the WAL has failed, or was closed
    /// and everything is handed out.
    /// </summary>
    public WalBlock? WaitForBlock(TimeSpan quietAfter)
    {
        lock (_gate)
        {
            _returning = false;
            while (_error is null)
            {
                if (MayGather)
                {
                    Gather();
                    if (_error is not null)
                        break;
                }

                if (!IsBeingGathered && TryTake(out var block))
                    return block;

                if (_closing && _open is null or { Count: 0 } && _closed.Count == 0)
                    return null;

                _sleeping++;
                var woken = Monitor.Wait(_gate, NeedsMark ? quietAfter : Timeout.InfiniteTimeSpan);
                _sleeping--;
                _wakeUnderWay = false;
                if (!woken && (TryTake(out block) || TryMark(out block)))
                    return block;
            }

            return null;
        }
    }

    // One wake-up at a time: the writer that wakes takes everything that has gathered until then, and wakes the next one if more is left. None
    // if a writer is about to be back anyway: waking another would cost a switch of threads per block when one appender waits for each of its appends.
    private void WakeWriter()
    {
        if (_sleeping > 0 && !_wakeUnderWay && !_returning && !IsBeingGathered && SlotIsFree)
        {
            _wakeUnderWay = true;
            Monitor.Pulse(_gate);
        }
    }

    private bool SlotIsFree =>
        _taken - _durable < (_options.Sabotage.Has(WalSabotage.ExceedInFlightBound) ? 4 * WalFormat.LargestInFlight : _options.IoDepth);

    private bool NeedsMark => _vouched < _lastWithEntries && _durable == _taken && _closed.Count == 0 && _open is null or { Count: 0 };

    private bool TryTake([NotNullWhen(true)] out WalBlock? block)
    {
        block = null;
        if (_error is not null || !SlotIsFree)
            return false;

        if (!_closed.TryDequeue(out block))
        {
            if (_open is null or { Count: 0 })
                return false;

            block = Close();
        }

        HandOut(block);
        if (_closed.Count > 0 || _open is { Count: > 0 })
            WakeWriter();

        return true;
    }

    private bool TryMark([NotNullWhen(true)] out WalBlock? block)
    {
        block = null;
        if (_error is not null || !NeedsMark || !_room.TryTakeMark())
            return false;

        if (_open is null)
        {
            if (_nextOffset + WalFormat.SectorBytes > _fileSize && _readyFiles.Count == 0)
            {
                _room.ReturnMark();
                return false;
            }

            _open = Open(WalFormat.BlockHeaderBytes);
        }

        block = Close();
        HandOut(block);
        return true;
    }

    // The header is finished here and not when the block closed: blocks are handed out in order, so the previous header is known, and what is durable is known best.
    private void HandOut(WalBlock block)
    {
        block.Memory[block.Length..block.PaddedLength].Clear();
        var header = new BlockHeader(
            _options.IoDepth, Crc32C.Finish(block.Digest), _walId, block.File.Sequence, block.Sequence, block.Offset, block.Length, block.Count, _previousHeader, _durable);
        if (block.Offset == WalFormat.SectorBytes)
            _extents.Begin(block.File.Sequence, block.Sequence, _previousHeader);

        _previousHeader = header.WriteTo(block.Memory);
        _taken = block.Sequence;
        _vouched = _durable;
        if (block.Count > 0)
            (_lastWithEntries, _lastCount) = (block.Sequence, block.Count);

        Volatile.Write(ref _end, Math.Max(_end, block.End.Value));
        _inFlight.Enqueue(block);
        if (_options.Sabotage.Has(WalSabotage.AcknowledgeBeforeFlush))
            block.Written = true;
    }
}
