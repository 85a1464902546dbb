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

    public async ValueTask<Task<AppendAck>> SendAsync(EncodedBatch batch, CancellationToken cancellationToken)
    {
        // The oldest must not wait for those behind it: they cannot get through before it.
        if (batch.Oldest)
        {
            _window.Force(batch.Body.Length);
        }
        else
        {
            try
            {
                await _window.EnterAsync(batch.Body.Length, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return Task.FromCanceled<AppendAck>(cancellationToken);
            }
        }

        var handedOver = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var attempt = AttemptAsync(batch, handedOver, cancellationToken);
        await Task.WhenAny(handedOver.Task, attempt);
        return attempt;
    }

    // The connections belong to the client.
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<AppendAck> AttemptAsync(EncodedBatch batch, TaskCompletionSource handedOver, CancellationToken cancellationToken)
    {
        try
        {
            using var content = new SentContent(batch.Body, WireMediaTypes.Frames, handedOver);
            using var request = new HttpRequestMessage(HttpMethod.Post, records) { Content = content };
            if (fencingToken is not null)
                request.Headers.TryAddWithoutValidation(WireHeaders.FencingToken, fencingToken);

            new ProducerStamp(producer, epoch, batch.Sequence).AddTo(request);
            var answer = await calls.JsonAsync(request, WireJson.Default.AppendedBody, cancellationToken);
            return new AppendAck(answer.Start, answer.End, answer.Tail, answer.Duplicate);
        }
        finally
        {
            _window.Leave(batch.Body.Length);
        }
    }
}
