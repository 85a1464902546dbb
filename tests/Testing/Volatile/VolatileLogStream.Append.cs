using System.Buffers;

namespace Orleans.Log.Testing;

public sealed partial class VolatileLogStream
{
    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(in RecordBatch batch, in AppendConditions conditions, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            lock (_lock)
            {
                ThrowIfDeleted();
                CheckShape(batch, conditions);
                if (CheckState(conditions) is { } original)
                    return ValueTask.FromResult(original);

                CheckTimestamps(batch);

                var start = _tail;
                for (var i = 0; i < batch.Count; i++)
                    Store(batch[i]);

                if (conditions.Producer is { } stamp)
                    Remember(stamp, start);

                WakeReaders();
                return ValueTask.FromResult(new AppendResult(start, _tail, _tail, Duplicate: false));
            }
        }
        catch (LogException e)
        {
            return ValueTask.FromException<AppendResult>(e);
        }
    }

    private void CheckShape(in RecordBatch batch, in AppendConditions conditions)
    {
        if (batch.Count == 0)
            throw new LogException(LogErrorCode.BadRecord, "A batch has at least one record.");
        if (batch.Count > Limits.BatchRecords)
            throw TooLarge("A batch has too many records.", Limits.BatchRecords, "records");
        if (batch.SizeBytes > Limits.BatchBytes)
            throw TooLarge("A batch is too large.", Limits.BatchBytes, "bytes");

        for (var i = 0; i < batch.Count; i++)
        {
            ref readonly var record = ref batch[i];
            if (record.ContentBytes > _config.MaxRecordBytes)
                throw TooLarge("A record is too large.", _config.MaxRecordBytes, "bytes");
            if (record.Headers.Length > Limits.HeadersPerRecord)
                throw TooLarge("A record has too many headers.", Limits.HeadersPerRecord, "headers");
            if (record.Timestamp is < 0 or > Limits.Position)
                throw new LogException(LogErrorCode.BadRecord, "A timestamp is out of range.");

            foreach (ref readonly var header in record.Headers.Span)
            {
                if (header.Name.Length is 0 or > ushort.MaxValue)
                    throw new LogException(LogErrorCode.BadRecord, "The name of a header has 1 to 65535 bytes.");
            }
        }

        if (conditions.FencingToken is { } token)
            CheckToken(token);
        if (conditions.ExpectedTail is < 0)
            throw new LogException(LogErrorCode.BadRequest, "The expected tail must not be negative.");
        if (conditions.Producer is { } stamp && (stamp.Id.Length is 0 or > Limits.ProducerIdLength || stamp.Epoch < 0 || stamp.Sequence < 0))
            throw new LogException(LogErrorCode.BadRequest, "The producer stamp is out of range.");
    }

    private void CheckTimestamps(in RecordBatch batch)
    {
        var most = _time.GetUtcNow().Add(_config.TimestampLead).ToUnixTimeMilliseconds();
        for (var i = 0; i < batch.Count; i++)
        {
            if (batch[i].Timestamp > most)
                throw new LogException(LogErrorCode.BadRecord, "A timestamp is ahead of the clock.", new LogErrorFacts(Limit: most, Reason: "timestamp_ahead"));
        }
    }

    private AppendResult? CheckState(in AppendConditions conditions)
    {
        if (conditions.Producer is { } repeated && FindOriginal(repeated) is { } original)
            return original;
        if (_sealed)
            throw new LogException(LogErrorCode.StreamSealed, "The stream is sealed.", new LogErrorFacts(Tail: _tail));
        if (!string.Equals(_token, conditions.FencingToken ?? string.Empty, StringComparison.Ordinal))
            throw new LogException(LogErrorCode.Fenced, "The stream takes appends of another fencing token.");
        if (conditions.Producer is { } stamp)
            CheckProducer(stamp);

        if (conditions.ExpectedTail is { } expected && expected != _tail)
        {
            var facts = new LogErrorFacts(ExpectedTail: expected, Tail: _tail);
            throw new LogException(LogErrorCode.AppendConditionFailed, "The tail is not the expected one.", facts);
        }

        return null;
    }

    private AppendResult? FindOriginal(ProducerStamp stamp)
    {
        if (!_producers.TryGetValue(stamp.Id, out var producer) || producer.Epoch != stamp.Epoch)
            return null;

        foreach (var (sequence, start, end) in producer.Results)
        {
            if (sequence == stamp.Sequence)
                return new AppendResult(start, end, _tail, Duplicate: true);
        }

        return null;
    }

    private void CheckProducer(ProducerStamp stamp)
    {
        _producers.TryGetValue(stamp.Id, out var producer);
        if (producer is not null && stamp.Epoch < producer.Epoch)
            throw new LogException(LogErrorCode.StaleProducerEpoch, "A newer epoch has written.", new LogErrorFacts(Epoch: producer.Epoch));

        var next = producer?.Epoch == stamp.Epoch ? producer.NextSequence : 0;
        if (stamp.Sequence != next)
        {
            var facts = new LogErrorFacts(ExpectedSequence: next, ReceivedSequence: stamp.Sequence);
            throw new LogException(LogErrorCode.ProducerGap, "The sequence is not the next one.", facts);
        }
    }

    private void Remember(ProducerStamp stamp, long start)
    {
        if (!_producers.TryGetValue(stamp.Id, out var producer) || producer.Epoch != stamp.Epoch)
            _producers[stamp.Id] = producer = new Producer(stamp.Epoch);

        producer.NextSequence = stamp.Sequence + 1;
        producer.Results.Enqueue((stamp.Sequence, start, _tail));
        if (producer.Results.Count > Producer.Remembered)
            producer.Results.Dequeue();
    }

    private void Store(in AppendRecord record)
    {
        var timestamp = Math.Max(_lastTimestamp ?? 0, record.Timestamp ?? _time.GetUtcNow().ToUnixTimeMilliseconds());
        var headers = new RecordHeader[record.Headers.Length];
        for (var i = 0; i < headers.Length; i++)
        {
            var header = record.Headers.Span[i];
            headers[i] = new RecordHeader(header.Name.ToArray(), header.Value.ToArray());
        }

        _records.Add(new LogRecord(_tail, timestamp, record.Payload.ToArray(), headers));
        _tail++;
        _lastTimestamp = timestamp;
    }

    private static LogException TooLarge(string message, long limit, string unit) =>
        new(LogErrorCode.TooLarge, message, new LogErrorFacts(Limit: limit, Unit: unit));
}
