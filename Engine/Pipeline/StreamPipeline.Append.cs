using Orleans.Log.Engine.Reading;
using Orleans.Log.Engine.Replication;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Pipeline;

/// <content>
/// How a batch gets its place. Everything that can refuse it comes before anything that changes: size, state of the stream, then the conditions in their
/// documented order, then room in flight (the stream's, the node's, the disk's). Room comes last so that a refused batch has nothing to give
/// back, and a repeated one is answered even where there is no room. Then, under the same lock, the one place where order is fixed.
/// </content>
internal sealed partial class StreamPipeline
{
    /// <summary>See <see cref="ILogStream.AppendAsync"/>.</summary>
    public ValueTask<AppendResult> AppendAsync(in RecordBatch batch, in AppendConditions conditions, CancellationToken cancellationToken) =>
        AppendAsync(batch, conditions, AnyTerm, cancellationToken);

    /// <summary>The same for a leader of one term.</summary>
    public ValueTask<AppendResult> AppendAsync(in RecordBatch batch, in AppendConditions conditions, long term, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<AppendResult>(cancellationToken);

        PrefetchForAppend();
        if (BatchShape.Check(batch, conditions, _maxRecordBytes, out var shape) is { } misshapen)
            return ValueTask.FromException<AppendResult>(misshapen);

        if (!_node.TryEnter())
            return ValueTask.FromException<AppendResult>(_node.Refusal());

        var entered = true;
        var now = _node.Now;
        try
        {
            lock (_gate)
            {
                ProducerBatch? original = null;
                return (RefuseEntry(term) ?? RefuseConditions(conditions, out original)) is { } refusal
                    ? ValueTask.FromException<AppendResult>(refusal)
                    : Order(batch, shape, conditions, original, now, out entered);
            }
        }
        catch (LogException refusal)
        {
            return ValueTask.FromException<AppendResult>(refusal);
        }
        finally
        {
            if (entered)
                _node.Leave();
        }
    }

    /// <summary>Checks duplicate, sealed, fenced, epoch, gap, expected tail, in this order. Under the lock.</summary>
    /// <param name="conditions">The conditions.</param>
    /// <param name="original">Set if the batch repeats this one.</param>
    private LogException? RefuseConditions(in AppendConditions conditions, out ProducerBatch? original)
    {
        // First, because it was decided once already: whoever lost the answer must not be told of a seal or token that came after the batch.
        original = null;
        Producer? producer = null;
        if (conditions.Producer is { } stamp)
        {
            ForgetSilentProducers();
            producer = _state.Producers?.Find(stamp.Id);
            original = producer?.Epoch == stamp.Epoch ? producer.Find(stamp.Sequence) : null;
            if (original is not null)
                return null;
        }

        if (_state.SealEntry is not null)
            return new LogException(LogErrorCode.StreamSealed, "The stream is sealed.", Facts());

        // A writer that believes to hold a token which the stream does not know is shut out like one that holds an older one.
        if (!string.Equals(_state.FencingToken, conditions.FencingToken ?? string.Empty, StringComparison.Ordinal))
            return new LogException(LogErrorCode.Fenced, "The stream's fencing token is another one.", Facts(reason: "token"));

        if (conditions.Producer is { } next && RefuseProducer(next, producer) is { } refusal)
            return refusal;

        return conditions.ExpectedTail is { } expected && expected != _state.Tail
            ? new LogException(LogErrorCode.AppendConditionFailed, "The tail is not the expected one.", Facts() with { ExpectedTail = expected })
            : null;
    }

    /// <summary>Checks epoch and gap of a batch that is not known. Under the lock.</summary>
    private LogException? RefuseProducer(in ProducerStamp stamp, Producer? producer)
    {
        if (producer is not null && stamp.Epoch < producer.Epoch)
        {
            return new LogException(
                LogErrorCode.StaleProducerEpoch,
                $"Epoch {producer.Epoch} of this producer has written.",
                Facts() with { Epoch = producer.Epoch });
        }

        var expected = producer is not null && producer.Epoch == stamp.Epoch ? producer.LastSequence + 1 : 0;
        if (stamp.Sequence == expected)
            return null;

        var message = stamp.Sequence > expected
            ? "A batch of this producer is missing before this one."
            : $"This batch was taken too long ago to say where: the last {Producer.Remembered} of a producer are remembered.";
        return new LogException(
            LogErrorCode.ProducerGap,
            message,
            Facts() with { ExpectedSequence = expected, ReceivedSequence = stamp.Sequence, Epoch = producer?.Epoch });
    }

    /// <summary>Fixes the order of a batch, or refuses it for want of room. Under the lock.</summary>
    private ValueTask<AppendResult> Order(
        in RecordBatch batch, in BatchShape shape, in AppendConditions conditions, ProducerBatch? original, long now, out bool entered)
    {
        entered = true;
        if (original is { } done && (done.Entry <= _committed.Entry || _node.Sabotage.Has(NodeSabotage.AnswerRepeatsAtOnce)))
            return new(new AppendResult(done.Start, done.Start + done.Count, _committed.Tail, Duplicate: true));

        if (original is { } repeated)
        {
            return RefuseForRoom(0) is { } full
                ? ValueTask.FromException<AppendResult>(full)
                : Repeat(repeated, out entered);
        }

        var body = new AppendBody(batch, shape, conditions.Producer, _state.LastTimestamp ?? 0, now);
        if ((RefuseForTimestamps(shape.Latest, now)
            ?? RefuseForPositions(batch.Count)
            ?? RefuseForRoom(body.Length)
            ?? RefuseForProducers(conditions.Producer)
            ?? Admission.Refusal(_node.Wal.TryAdmit(body.Length, WalClass.Append))) is { } refusal)
        {
            return ValueTask.FromException<AppendResult>(refusal);
        }

        var flags = conditions.Producer is null ? WalEntryFlags.None : WalEntryFlags.Producer;
        var entry = NextEntry(WalEntryType.Append, flags, batch.Count, body.FirstTimestamp);
        var position = _replica.Append(entry, body);

        _state.Append(entry.Lsn, batch.Count, body.Length, body.LastTimestamp);
        _index.Add(new IndexEntry(entry.Lsn, position, body.FirstTimestamp), body.Length);
        CountUncut(body.Length);
        if (conditions.Producer is { } stamp)
            TakeProducer(stamp, new ProducerBatch(entry.Lsn, batch.Count, entry.Entry));

        ref var pending = ref Enqueue(entry.Entry, body.Length + StreamBounds.CallBytes, out entered);
        (pending.Tail, pending.LastTimestamp) = (entry.Lsn + batch.Count, body.LastTimestamp);
        return PendingAppendPool.Rent().Begin(this, entry.Entry, entry.Lsn, entry.Lsn + batch.Count, duplicate: false).Task;
    }

    /// <summary>The answer to a batch that repeats one in flight. It comes behind those of all calls before it. Under the lock.</summary>
    private ValueTask<AppendResult> Repeat(in ProducerBatch original, out bool entered)
    {
        var newest = _replica.AcceptedEntry;
        Enqueue(newest, StreamBounds.CallBytes, out entered);
        return PendingAppendPool.Rent().Begin(this, newest, original.Start, original.Start + original.Count, duplicate: true).Task;
    }

    /// <summary>Counts a call in that has its outcome when an entry is committed; from here on that counts it out of the node's work. Under the lock.</summary>
    private ref PendingEntry Enqueue(long entry, long charge, out bool entered)
    {
        ref var pending = ref _pending.At(entry);
        pending.Charge += charge;
        pending.Calls++;
        _inFlight += charge;
        entered = false;
        return ref pending;
    }

    /// <summary>Rejects timestamps from the future: no later record could have an earlier one, and retention by age would take nothing until then.</summary>
    private LogException? RefuseForTimestamps(long latest, long now)
    {
        if (latest < 0 || latest - now <= _config.TimestampLead.TotalMilliseconds)
            return null;

        return new LogException(
            LogErrorCode.BadRecord,
            $"A timestamp of the batch is {latest} ({TimestampUnit.Text(latest)}), the server's clock is {now} ({TimestampUnit.Text(now)}), "
            + $"and timestamp_lead_seconds of the stream is {_config.TimestampLead.TotalSeconds:0}.{TimestampUnit.Hint(latest)}",
            new LogErrorFacts(Limit: now + (long)_config.TimestampLead.TotalMilliseconds, Unit: "milliseconds", Reason: "timestamp_ahead"));
    }

    private LogException? RefuseForPositions(int count) => _state.Tail + count <= Limits.Position
        ? null
        : new LogException(LogErrorCode.TooLarge, "The stream has no positions left.", new LogErrorFacts(Limit: Limits.Position, Unit: "records"));

    private LogException? RefuseForRoom(long bytes)
    {
        var limit = _node.Bounds.InFlightBytes;
        return _inFlight == 0 || _inFlight + bytes + StreamBounds.CallBytes <= limit
            ? null
            : new LogException(
                LogErrorCode.TooManyInFlight,
                "The stream has as many bytes in flight as it may.",
                new LogErrorFacts(Limit: limit, Unit: "bytes"));
    }

    private WalEntry NextEntry(WalEntryType type, WalEntryFlags flags, int count, long timestamp) => new(
        type, flags, Id, _tenure.Term, _tenure.Generation, count, _state.Tail, _replica.AcceptedEntry + 1, timestamp);
}
