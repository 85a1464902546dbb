namespace Orleans.Log.Testing;

public sealed partial class VolatileLogStream
{
    private const int DefaultRecords = 1_000;
    private const int DefaultBytes = 1024 * 1024;

    /// <inheritdoc/>
    public async ValueTask<ReadPage> ReadAsync(ReadRequest request, CancellationToken cancellationToken)
    {
        Check(request);
        using var timeout = new CancellationTokenSource(request.Wait, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var waits = request.Wait > TimeSpan.Zero;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task moved;
            lock (_lock)
            {
                ThrowIfDeleted();
                var start = Start(request, waits);
                if (!waits || _sealed || start < _tail)
                    return Page(request, start);

                moved = _moved.Task;
            }

            try
            {
                await moved.WaitAsync(either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                lock (_lock)
                {
                    ThrowIfDeleted();
                    return Page(request, Start(request, waits: true));
                }
            }
        }
    }

    private static void Check(in ReadRequest request)
    {
        if (request.Start < 0
            || request.MaxRecords is < 1 or > Limits.ReadRecords
            || request.MaxBytes is < 1 or > Limits.ReadBytes
            || request.Until is < 0
            || request.Wait < TimeSpan.Zero
            || request.Wait > Limits.ReadWait)
        {
            throw new LogException(LogErrorCode.BadRequest, "A bound of the read is out of range.");
        }
    }

    private long Start(in ReadRequest request, bool waits)
    {
        switch (request.Origin)
        {
            case ReadOrigin.Last:
                return Math.Max(_head, _tail - Math.Min(request.Start, _tail));
            case ReadOrigin.Timestamp:
                var since = request.Start;
                var index = _records.FindIndex(record => record.Timestamp >= since);
                return index < 0 ? _tail : _head + index;
        }

        var start = request.Clamp ? Math.Clamp(request.Start, _head, _tail) : request.Start;
        if (start < _head)
            throw new LogException(LogErrorCode.Trimmed, "The position lies below the head.", new LogErrorFacts(Head: _head));
        if (start > _tail && (!waits || _sealed))
            throw new LogException(LogErrorCode.Unwritten, "The position lies beyond the tail.", new LogErrorFacts(Tail: _tail));

        return start;
    }

    private VolatilePage Page(in ReadRequest request, long start)
    {
        if (start < Offloaded)
            _store?.ThrowIfAway();

        var records = new List<LogRecord>();
        long bytes = 0;
        for (var lsn = start; lsn < _tail && records.Count < (request.MaxRecords ?? DefaultRecords); lsn++)
        {
            var record = _records[(int)(lsn - _head)];
            bytes += record.Payload.Length + Limits.RecordOverheadBytes;
            foreach (var header in record.Headers.Span)
                bytes += header.Name.Length + header.Value.Length + RecordHeader.OverheadBytes;

            if (record.Timestamp >= request.Until || (records.Count > 0 && bytes > (request.MaxBytes ?? DefaultBytes)))
                break;

            records.Add(record);
        }

        return new VolatilePage(records.ToArray(), start + records.Count, new StreamPosition(_head, _tail, _sealed, _lastTimestamp, Offloaded));
    }
}
