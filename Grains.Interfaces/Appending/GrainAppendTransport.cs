using Orleans.Log.Client;
using Orleans.Log.Client.Appending;
using Orleans.Log.Grains.Calling;
using Orleans.Log.Grains.Wire;

namespace Orleans.Log.Grains.Appending;

/// <summary>
/// One grain call per batch, several under way at once. Calls of one sender nearly always arrive in the order in which they are made; the grain holds one that overtook for those before it, and the
/// producer's sequence catches the rest.
/// </summary>
internal sealed class GrainAppendTransport(ILogStreamGrain grain, StreamId stream, string producer, AppenderOptions options, TimeProvider time) : IAppendTransport
{
    private volatile AppendIdentity _identity = new(producer, First: 0);

    public IOutgoingBatch Encode(ReadOnlySpan<NewRecord> batch, int size) => new Outgoing(this, Records(batch));

    /// <remarks>The grain is asked for the stream by its identity, so another stream under its name is not taken for it.</remarks>
    public async ValueTask<string?> BeginAnewAsync(ProducerSilence silence, CancellationToken cancellationToken)
    {
        StreamDescription description;
        try
        {
            description = await grain.DescribeAsync(stream, cancellationToken).AsTask().WaitAsync(Patience.First, time, cancellationToken);
        }
        catch (Exception error) when (GrainFailure.Of(error) is { } failure)
        {
            throw ClientErrors.Of(failure.ForRead());
        }

        if (!silence.IsExplainedBy(description.Config.ProducerExpiry))
            return null;

        _identity = new AppendIdentity(ProducerIds.New(Random.Shared.NextDouble), silence.First);
        return _identity.Producer;
    }

    // The connections are the host's.
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<AppendAck> AttemptAsync(RecordBlock records, long sequence, TimeSpan patience, CancellationToken cancellationToken)
    {
        var identity = _identity;
        var stamp = new ProducerStamp(identity.Producer, options.ProducerEpoch, identity.SequenceOf(sequence));
        var conditions = new AppendConditions(FencingToken: options.FencingToken, Producer: stamp);
        try
        {
            // A call under way cannot be taken back: giving it up is to wait for it no longer.
            var result = await grain.AppendAsync(new AppendCall(stream, records, conditions), CancellationToken.None).AsTask().WaitAsync(patience, time, cancellationToken);
            return new AppendAck(result.Start, result.End, result.Tail, result.Duplicate);
        }
        catch (Exception error) when (GrainFailure.Of(error) is { } failure)
        {
            throw ClientErrors.Of(failure.ForChange());
        }
    }

    private static RecordBlock Records(ReadOnlySpan<NewRecord> batch)
    {
        var records = new AppendRecord[batch.Length];
        for (var i = 0; i < records.Length; i++)
            records[i] = new AppendRecord(new(batch[i].Payload), Headers(batch[i].Headers.Span), batch[i].Timestamp);

        return RecordBlock.Of(new RecordBatch(records));
    }

    private static RecordHeader[] Headers(ReadOnlySpan<LogHeader> headers)
    {
        if (headers.IsEmpty)
            return [];

        var copies = new RecordHeader[headers.Length];
        for (var i = 0; i < copies.Length; i++)
            copies[i] = new RecordHeader(headers[i].Name, headers[i].Value);

        return copies;
    }

    /// <summary>A batch as it travels. Sent again it is the same object, which nothing changes.</summary>
    private sealed class Outgoing(GrainAppendTransport transport, RecordBlock records) : IOutgoingBatch
    {
        private int _unanswered;

        public ValueTask<Task<AppendAck>> SendAsync(long sequence, bool oldest, CancellationToken cancellationToken) =>
            ValueTask.FromResult(AttemptAsync(sequence, cancellationToken));

        public void Dispose()
        {
            // There is nothing to give back: a silo of this process may still have it.
        }

        private async Task<AppendAck> AttemptAsync(long sequence, CancellationToken cancellationToken)
        {
            try
            {
                return await transport.AttemptAsync(records, sequence, Patience.After(_unanswered), cancellationToken);
            }
            catch (LogClientException error) when (error.Code == LogClientErrors.OutcomeUnknown)
            {
                _unanswered++;
                throw;
            }
        }
    }
}
