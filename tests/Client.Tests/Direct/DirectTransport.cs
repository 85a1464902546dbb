using System.Buffers;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Contracts.Frames;
using Orleans.Log.Client.Appending;
using Orleans.Log.Conformance;

namespace Orleans.Log.Client.Tests.Direct;

/// <summary>Every attempt runs on its own and hands over at once, so batches overtake each other as the thread pool likes.</summary>
internal sealed class DirectTransport(DirectLog log, string stream, string producer, AppenderOptions options) : IAppendTransport
{
    public ValueTask<Task<AppendAck>> SendAsync(EncodedBatch batch, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Task.Run(() => AttemptAsync(batch, cancellationToken), CancellationToken.None));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public async Task CheckAsync()
    {
        var position = await MappedAsync(async () => await (await log.OpenStreamAsync(stream)).CheckTailAsync(CancellationToken.None));
        if (position.Sealed)
            throw new LogClientException(WireErrors.StreamSealed, "sealed");
    }

    private async Task<AppendAck> AttemptAsync(EncodedBatch batch, CancellationToken cancellationToken)
    {
        var (faults, life) = (log.Disturbances, log.Life);
        if (life.IsCancellationRequested)
            throw new LogClientException(LogClientErrors.Unreachable, "down", retryable: true);
        if (faults.Happens(faults.LoseRequest))
            throw Lost();
        if (faults.Happens(faults.Refuse))
            throw new LogClientException(WireErrors.Overloaded, "busy", retryable: true);

        using var either = CancellationTokenSource.CreateLinkedTokenSource(life, cancellationToken);
        try
        {
            await faults.PassAsync(either.Token);
        }
        catch (OperationCanceledException) when (life.IsCancellationRequested)
        {
            throw Lost();
        }

        var result = await MappedAsync(() => AppendAsync(batch));
        return life.IsCancellationRequested || faults.Happens(faults.LoseAcknowledgement)
            ? throw Lost()
            : new AppendAck(result.Start, result.End, result.Tail, result.Duplicate);
    }

    private async Task<AppendResult> AppendAsync(EncodedBatch batch)
    {
        var opened = await log.OpenStreamAsync(stream);
        var conditions = new Log.AppendConditions(
            FencingToken: options.FencingToken,
            Producer: new Log.ProducerStamp(producer, options.ProducerEpoch, batch.Sequence));
        return await opened.AppendAsync(new RecordBatch(Decode(batch.Body)), conditions, CancellationToken.None);
    }

    private static ReadOnlyMemory<AppendRecord> Decode(ReadOnlyMemory<byte> body)
    {
        var reader = FrameReader.OpenAppend(new ReadOnlySequence<byte>(body), out var count);
        var records = new AppendRecord[count];
        for (var i = 0; reader.TryRead(out var frame); i++)
            records[i] = new AppendRecord(frame.Payload);

        return records;
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
}
