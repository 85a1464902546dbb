using Orleans.Log.Client;
using Orleans.Log.Client.Appending;
using Orleans.Log.Conformance;

namespace Orleans.Log.Appending.Tests;

/// <summary>Every attempt runs on its own and hands over at once, so batches overtake each other as the thread pool likes.</summary>
internal sealed class DirectTransport(DirectLog log, string stream, string producer, AppenderOptions options) : IAppendTransport
{
    public IOutgoingBatch Encode(ReadOnlySpan<NewRecord> batch, int size)
    {
        var records = new AppendRecord[batch.Length];
        for (var i = 0; i < records.Length; i++)
            records[i] = new AppendRecord(batch[i].Payload.ToArray());

        return new Outgoing(this, records);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public async Task CheckAsync()
    {
        var position = await MappedAsync(async () => await (await log.OpenStreamAsync(stream)).CheckTailAsync(CancellationToken.None));
        if (position.Sealed)
            throw new LogClientException(LogClientErrors.StreamSealed, "sealed");
    }

    private async Task<AppendAck> AttemptAsync(AppendRecord[] batch, long sequence, CancellationToken cancellationToken)
    {
        var (faults, life) = (log.Disturbances, log.Life);
        if (life.IsCancellationRequested)
            throw new LogClientException(LogClientErrors.Unreachable, "down", retryable: true);
        if (faults.Happens(faults.LoseRequest))
            throw Lost();
        if (faults.Happens(faults.Refuse))
            throw new LogClientException(LogErrors.WireName(LogErrorCode.Overloaded), "busy", retryable: true);

        using var either = CancellationTokenSource.CreateLinkedTokenSource(life, cancellationToken);
        try
        {
            await faults.PassAsync(either.Token);
        }
        catch (OperationCanceledException) when (life.IsCancellationRequested)
        {
            throw Lost();
        }

        var result = await MappedAsync(() => AppendAsync(batch, sequence));
        return life.IsCancellationRequested || faults.Happens(faults.LoseAcknowledgement)
            ? throw Lost()
            : new AppendAck(result.Start, result.End, result.Tail, result.Duplicate);
    }

    private async Task<AppendResult> AppendAsync(AppendRecord[] batch, long sequence)
    {
        var opened = await log.OpenStreamAsync(stream);
        var conditions = new AppendConditions(
            FencingToken: options.FencingToken,
            Producer: new ProducerStamp(producer, options.ProducerEpoch, sequence));
        return await opened.AppendAsync(new RecordBatch(batch.AsMemory()), conditions, CancellationToken.None);
    }

    private static async Task<T> MappedAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (LogException e)
        {
            var effects = e.SideEffects == SideEffects.Possible ? CallSideEffects.Possible : CallSideEffects.None;
            throw new LogClientException(LogErrors.WireName(e.Code), e.Message, e.Retryable, effects);
        }
    }

    private static LogClientException Lost() =>
        new(LogClientErrors.OutcomeUnknown, "lost", retryable: true, CallSideEffects.Possible);

    private sealed class Outgoing(DirectTransport transport, AppendRecord[] records) : IOutgoingBatch
    {
        public ValueTask<Task<AppendAck>> SendAsync(long sequence, bool oldest, CancellationToken cancellationToken) =>
            ValueTask.FromResult(Task.Run(() => transport.AttemptAsync(records, sequence, cancellationToken), CancellationToken.None));

        public void Dispose() => Array.Clear(records);
    }
}
