using System.Text;

namespace Orleans.Log.Engine.Simulation.StreamLevel;

/// <summary>What can be seen of a stream through the port, without changing it.</summary>
internal sealed class StreamSight
{
    private const string ProbeToken = "no-such-token";

    private readonly List<(long Lsn, ModelRecord Record)> _records = [];
    private readonly Func<AppendConditions, LogErrorCode?> _probe;
    private readonly Func<string, LogErrorCode?> _fence;
    private readonly StreamPosition _position;

    private StreamSight(StreamPosition position, Func<AppendConditions, LogErrorCode?> probe, Func<string, LogErrorCode?> fence) =>
        (_position, _probe, _fence) = (position, probe, fence);

    public long Head => _position.Head;

    public long Tail => _position.Tail;

    /// <summary>Reads all of a stream; <paramref name="wait"/> lets the world go on until a call has ended.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="wait">Lets the world go on.</param>
    /// <param name="offloaded">What the store has of it, ascending, read by somebody else; the port is asked for what lies behind.</param>
    public static StreamSight Of(ILogStream stream, IWaiter wait, IEnumerable<(long Lsn, ModelRecord Record)>? offloaded = null)
    {
        var position = wait.For(stream.CheckTailAsync(CancellationToken.None));
        var sight = new StreamSight(
            position,
            conditions => Try(() => wait.For(stream.AppendAsync(new RecordBatch(new byte[] { 1 }), conditions, CancellationToken.None))),
            token => Try(() => wait.For(stream.FenceAsync(token, token, CancellationToken.None))));
        foreach (var (lsn, record) in offloaded ?? [])
        {
            if (lsn >= position.Head && lsn < position.Offloaded)
                sight.Add(lsn, record);
        }

        for (var next = offloaded is null ? position.Head : Math.Max(position.Head, position.Offloaded); next < position.Tail;)
        {
            using var page = wait.For(stream.ReadAsync(ReadRequest.FromLsn(next), CancellationToken.None));
            if (page.Records.IsEmpty)
                throw new BrokenPromiseException($"Nothing at {next}, although the tail is {position.Tail}.");

            foreach (var record in page.Records.Span)
            {
                if (record.Lsn != next++)
                    throw new BrokenPromiseException($"LSN {record.Lsn} where {next - 1} belongs.");

                var header = record.Headers.IsEmpty ? null : Encoding.UTF8.GetString(record.Headers.Span[0].Value.Span);
                sight.Add(record.Lsn, new ModelRecord(record.Payload.ToArray(), header, record.Timestamp));
            }
        }

        return sight;
    }

    /// <summary>Why this is not that state, or null if it is.</summary>
    public string? DifferenceFrom(StreamState state)
    {
        if (Tail != state.Tail || Head != state.Head || _position.Sealed != state.Sealed)
            return $"head {Head}, tail {Tail}{(_position.Sealed ? " sealed" : "")} instead of {state.Head}, {state.Tail}{(state.Sealed ? " sealed" : "")}";

        var i = 0;
        foreach (var (lsn, record) in state.Readable())
        {
            if (i == _records.Count || _records[i].Lsn != lsn)
                return $"no record at LSN {lsn}";

            if (!_records[i++].Record.Equals(record))
                return $"another record at LSN {lsn}";
        }

        if (i < _records.Count)
            return $"a record at LSN {_records[i].Lsn}";

        if (ProducersDifference(state) is { } difference)
            return difference;

        if (!state.Sealed)
            return ConditionsDifference(state);

        // New appends tell nothing any more. Setting the token that is expected to be set changes nothing if it is.
        return _fence(state.Token) is { } code ? $"another fencing token ({code})" : null;
    }

    private string? ConditionsDifference(StreamState state)
    {
        // A wrong expected tail is checked last, so that such an append tells how all the other checks end and never happens.
        var never = new AppendConditions(ExpectedTail: state.Tail + 1000);
        var wrongToken = _probe(never with { FencingToken = ProbeToken });
        if (wrongToken != LogErrorCode.Fenced)
            return $"any fencing token is taken ({wrongToken})";

        var token = state.Token.Length == 0 ? null : state.Token;
        var right = _probe(never with { FencingToken = token });
        if (right != LogErrorCode.AppendConditionFailed)
            return $"another fencing token ({right})";

        foreach (var (id, producer) in state.Producers)
        {
            var stamp = new ProducerStamp(id, producer.Epoch, producer.Batches.Count);
            var next = _probe(never with { FencingToken = token, Producer = stamp });
            if (next != LogErrorCode.AppendConditionFailed)
                return $"producer {id} stands elsewhere than at {producer.Epoch}/{stamp.Sequence} ({next})";
        }

        return null;
    }

    /// <summary>The last batch of every producer is known, to any token and also behind a seal.</summary>
    private string? ProducersDifference(StreamState state)
    {
        foreach (var (id, producer) in state.Producers)
        {
            var stamp = new ProducerStamp(id, producer.Epoch, producer.Batches.Count - 1);
            if (_probe(new AppendConditions(ExpectedTail: state.Tail + 1000, FencingToken: ProbeToken, Producer: stamp)) is { } code)
                return $"producer {id} is not known to have written {producer.Epoch}/{stamp.Sequence} ({code})";
        }

        return null;
    }

    private void Add(long lsn, ModelRecord record)
    {
        if (_records.Count > 0 && record.Timestamp < _records[^1].Record.Timestamp)
            throw new BrokenPromiseException($"The time of LSN {lsn} is before that of the record before it.");

        _records.Add((lsn, record));
    }

    private static LogErrorCode? Try(Action call)
    {
        try
        {
            call();
            return null;
        }
        catch (LogException refused)
        {
            return refused.Code;
        }
    }
}

/// <summary>Lets the simulated world go on until a call has ended.</summary>
internal interface IWaiter
{
    T For<T>(ValueTask<T> call);
}
