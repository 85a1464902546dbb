using Orleans.Log.Api.Contracts;
using Orleans.Log.Client.Http;

namespace Orleans.Log.Client.Appending;

/// <summary>
/// One POST per batch over HTTP/1.1, several under way at once. A batch is handed over when the one before it has been flushed into
/// its connection, so that the server nearly always sees them in order although they travel on several connections; the producer's
/// sequence catches the rest.
/// </summary>
internal sealed class HttpAppendTransport(HttpCalls calls, Uri records, string producer, int epoch, string? fencingToken) : IAppendTransport
{
    private readonly SendWindow _window = new();

    public IOutgoingBatch Encode(ReadOnlySpan<NewRecord> batch, int size) => new Outgoing(this, BatchEncoding.Encode(batch, size));

    // The connections belong to the client.
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Begins an attempt, as <see cref="IOutgoingBatch.SendAsync"/> says.</summary>
    public async ValueTask<Task<AppendAck>> SendAsync(ReadOnlyMemory<byte> body, long sequence, bool oldest, CancellationToken cancellationToken)
    {
        // The oldest must not wait for those behind it: they cannot get through before it.
        if (oldest)
        {
            _window.Force(body.Length);
        }
        else
        {
            try
            {
                await _window.EnterAsync(body.Length, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return Task.FromCanceled<AppendAck>(cancellationToken);
            }
        }

        var handedOver = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var attempt = AttemptAsync(body, sequence, handedOver, cancellationToken);
        await Task.WhenAny(handedOver.Task, attempt);
        return attempt;
    }

    private async Task<AppendAck> AttemptAsync(
        ReadOnlyMemory<byte> body,
        long sequence,
        TaskCompletionSource handedOver,
        CancellationToken cancellationToken)
    {
        try
        {
            using var content = new SentContent(body, WireMediaTypes.Frames, handedOver);
            using var request = new HttpRequestMessage(HttpMethod.Post, records) { Content = content };
            if (fencingToken is not null)
                request.Headers.TryAddWithoutValidation(WireHeaders.FencingToken, fencingToken);

            new ProducerStamp(producer, epoch, sequence).AddTo(request);
            var answer = await calls.JsonAsync(request, WireJson.Default.AppendedBody, cancellationToken);
            return new AppendAck(answer.Start, answer.End, answer.Tail, answer.Duplicate);
        }
        finally
        {
            _window.Leave(body.Length);
        }
    }

    /// <summary>A batch as frames, in an array that goes back to the pool with it.</summary>
    private sealed class Outgoing(HttpAppendTransport transport, PooledBody body) : IOutgoingBatch
    {
        public ValueTask<Task<AppendAck>> SendAsync(long sequence, bool oldest, CancellationToken cancellationToken) =>
            transport.SendAsync(body.Memory, sequence, oldest, cancellationToken);

        public void Dispose() => body.Dispose();
    }
}
