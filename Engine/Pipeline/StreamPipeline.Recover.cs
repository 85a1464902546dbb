using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Reading;
using Orleans.Log.Engine.Replication;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Pipeline;

/// <content>How the state leaves for a checkpoint and comes back from it and from the WAL.</content>
internal sealed partial class StreamPipeline
{
    private WalPosition _asOf;
    private long _located;
    private LsnRanges? _faulty;
    private LsnRanges? _lost;
    private bool _suspect;

    /// <summary>Part of the stream was lost, or may have been. Stands still after recovery.</summary>
    private bool IsDamaged => _suspect || _faulty is not null;

    /// <summary>Takes a checkpoint's state. Recovery only.</summary>
    public void Restore(StreamCheckpoint state)
    {
        _state.Restore(state, _node.Clock);
        _replica.Restore(state);
        _committed.Offloaded = Math.Max(state.Offloaded, state.Head);
        (_asOf, _located, _suspect) = (state.AsOf, _committed.Offloaded, state.Suspect);
        (_restored, _dirty) = (true, state.Unpublished);
        foreach (var range in state.Faulty)
            AddFault(range);

        foreach (var range in state.Lost)
            (_lost ??= new LsnRanges()).Add(range);
    }

    /// <summary>
    /// Takes one entry of this stream from the WAL. One below the restored as-of changes nothing but where reads find it. Recovery only. A hole in the
    /// entry numbers or LSNs makes the range between faulty. Throws <see cref="LogException"/> (Corrupt) if the body is not what its header promises.
    /// </summary>
    public void Replay(WalPosition position, in WalEntry entry, ReadOnlySpan<byte> body)
    {
        Locate(position, entry, body.Length);
        if (position < _asOf && !_node.Sabotage.Has(NodeSabotage.ApplyBelowAsOf))
            return;

        Follow(position, entry);
        Apply(entry, body);
        _dirty |= entry.Type != WalEntryType.Term;
    }

    /// <summary>
    /// Takes an entry of which the WAL kept the header and lost the body: an append makes its LSNs faulty; of anything else the effect is not known, so
    /// the stream is suspect. One below the restored as-of changes nothing but what can be read. Recovery only.
    /// </summary>
    public void ReplayDamaged(WalPosition position, in WalEntry entry)
    {
        Locate(position, entry with { Count = 0 }, bytes: 0);
        var end = entry.Lsn + entry.Count;
        if (end > _located)
        {
            AddFault(new LsnRange(_located, end));
            _located = end;
        }

        if (position < _asOf)
            return;

        Follow(position, entry);
        _suspect |= entry.Type != WalEntryType.Append;
        if (entry.Type == WalEntryType.Append)
            _state.Append(entry.Lsn, entry.Count, bytes: 0, Math.Max(_state.LastTimestamp ?? 0, entry.Timestamp));
    }

    /// <summary>Entries behind the last known one may have been lost: reads go on, appends are refused as Corrupt. Recovery only.</summary>
    public void MarkSuspect() => _suspect = true;

    /// <summary>
    /// Ends recovery: everything replayed is durable and so committed. What is missing at either end, between the head and the first record seen or between the
    /// last one seen and the tail, is faulty.
    /// </summary>
    public void CompleteRecovery()
    {
        if (_located < _state.Tail)
            AddFault(new LsnRange(_located, _state.Tail));

        ForgetBelow(_state.Head);
        _committed = new Committed
        {
            Head = _state.Head,
            Offloaded = _committed.Offloaded,
            Tail = _state.Tail,
            LastTimestamp = _state.LastTimestamp,
            Sealed = _state.SealEntry is not null,
            Fenced = _state.FencingToken.Length > 0,
            Entry = _replica.AcceptedEntry,
        };
        _node.CountProducers(_state.Producers?.Count ?? 0);
        RecoverUncut();
    }

    /// <summary>
    /// The state as ordered, with its as-of (the WAL's end at the capture). Becomes true on disk once the WAL is durable up to the as-of.
    /// Also gives where the oldest record that is still needed stands.
    /// </summary>
    public StreamCheckpoint Capture()
    {
        lock (_gate)
            return CaptureLocked();
    }

    /// <summary>
    /// Where the first record stands in the WAL that is neither trimmed nor offloaded, or null if the stream needs nothing of it: what <see cref="Capture"/> says, cheaply.
    /// </summary>
    public WalPosition? OldestLive
    {
        get
        {
            lock (_gate)
                return OldestLiveLocked;
        }
    }

    private WalPosition? OldestLiveLocked
    {
        get
        {
            var low = Math.Max(_state.Head, _committed.Offloaded);

            // Not the nearest place: the index may forget that one, and then a reader begins at one before.
            return low == _state.Tail ? null : _index.First?.Position;
        }
    }

    private StreamCheckpoint CaptureLocked()
    {
        var (head, tail) = (_state.Head, _state.Tail);
        return new StreamCheckpoint
        {
            Id = Id,
            AsOf = _node.Wal.End,
            Head = head,
            Tail = tail,
            Offloaded = Math.Max(head, _committed.Offloaded),
            Unpublished = _dirty || _cutPending || _node.Offload is null,
            LastEntry = _replica.AcceptedEntry,
            LastTimestamp = _state.LastTimestamp,
            Bytes = _state.Bytes,
            Term = _replica.Tenure.Term,
            Generation = _replica.Tenure.Generation,
            Terms = [.. _replica.History],
            Sealed = _state.SealEntry is not null,
            FencingToken = _state.FencingToken,
            Producers = _state.Producers?.Capture(_node.Clock) ?? [],
            Faulty = From(head, _faulty),
            Lost = From(head, _lost),
            Suspect = _suspect,
            OldestLive = OldestLiveLocked,
        };
    }

    /// <summary>Takes the next number, and notes what is missing before it.</summary>
    private void Follow(WalPosition position, in WalEntry entry)
    {
        if (entry.Entry <= _replica.AcceptedEntry || entry.Lsn < _state.Tail)
            throw new LogException(LogErrorCode.Corrupt, $"Entry {entry.Entry} of stream {Id} at {position} runs backwards.");

        // Something about the stream was lost in between. Its records, if there were any, show as a hole in the LSNs; anything else (a seal, a
        // fence, a batch of a producer) does not show at all, so from here on nothing that depends on it may be decided.
        _suspect |= entry.Entry != _replica.AcceptedEntry + 1;
        _state.SkipTo(entry.Lsn);
        _replica.Replay(entry);
    }

    /// <summary>Notes where a batch stands, and which records should stand before it and do not. Every entry says where the tail was.</summary>
    private void Locate(WalPosition position, in WalEntry entry, int bytes)
    {
        if (entry.Lsn > _located)
        {
            AddFault(new LsnRange(_located, entry.Lsn));
            _located = entry.Lsn;
        }

        if (entry.Type != WalEntryType.Append || entry.Lsn + entry.Count <= _located)
            return;

        _index.Add(new IndexEntry(entry.Lsn, position, entry.Timestamp), bytes);
        _uncut += bytes;
        _located = entry.Lsn + entry.Count;
    }

    private void Apply(in WalEntry entry, ReadOnlySpan<byte> body)
    {
        switch (entry.Type)
        {
            case WalEntryType.Append:
                ApplyAppend(entry, body);
                break;
            case WalEntryType.Trim:
                _state.Trim(Math.Min(TrimBody.Read(body), _state.Tail), entry.Entry);
                break;
            case WalEntryType.Seal when _node.Sabotage.Has(NodeSabotage.ForgetSeals):
            case WalEntryType.Fence when _node.Sabotage.Has(NodeSabotage.ForgetFences):
                break;
            case WalEntryType.Seal:
                _state.Seal(entry.Entry);
                break;
            case WalEntryType.Fence:
                _state.Fence(FenceBody.Read(body), entry.Entry);
                break;
            case WalEntryType.ProducerExpiry:
                _state.Producers?.Forget(ProducerExpiryBody.Read(body));
                break;
            case WalEntryType.Term:
                break;
            default:
                throw new LogException(LogErrorCode.Corrupt, $"An entry of type {(int)entry.Type} does not belong to a stream of records.");
        }
    }

    private void ApplyAppend(in WalEntry entry, ReadOnlySpan<byte> body)
    {
        var frames = new AppendFrames(entry, body);
        while (frames.MoveNext())
        {
            // Only the last timestamp is wanted, and it is the sum of the steps.
        }

        _state.Append(entry.Lsn, entry.Count, body.Length, frames.Timestamp);
        if (frames.ProducerId.IsEmpty || _node.Sabotage.Has(NodeSabotage.ForgetProducers))
            return;

        // The WAL does not say when a batch came, only what its timestamp is. Counting from the start remembers the producer for longer, never for less long.
        _state.ProducersForWriting.FindOrAdd(frames.ProducerId).Take(
            frames.ProducerEpoch, frames.ProducerSequence, new ProducerBatch(entry.Lsn, entry.Count, entry.Entry), _node.Clock.Uptime);
    }

    /// <summary>The head has moved: forgets what is only needed below it.</summary>
    private void ForgetBelow(long head)
    {
        _committed.Offloaded = Math.Max(_committed.Offloaded, head);
        _index.TrimTo(_committed.Offloaded, isEmpty: _committed.Offloaded == _state.Tail);
        _replica.TrimTo(head);
        _faulty?.TrimTo(head);
        _lost?.TrimTo(head);
    }

    /// <summary>
    /// What was not offloaded before is to be offloaded now, and so is a change that the last publication does not hold. A stream that no checkpoint knows was never published.
    /// </summary>
    private void RecoverUncut()
    {
        var dirty = _dirty || !_restored || _committed.Offloaded < _state.Tail;
        _dirty = false;
        if (dirty)
            CountUncut(_uncut == 0 ? 1 : 0);
    }

    private void AddFault(LsnRange range) => (_faulty ??= new LsnRanges()).Add(range);

    private static IReadOnlyList<LsnRange> From(long head, LsnRanges? ranges) =>
        ranges is null ? [] : [.. ranges.Ranges.Where(r => r.To > head).Select(r => r with { From = Math.Max(r.From, head) })];
}
