using Orleans.Log.Api.Contracts;
using Orleans.Log.Client.Http;

namespace Orleans.Log.Client.Appending;

/// <summary>
/// One POST per batch over HTTP/1.1, several under way at once. A batch is handed over when the one before it has been flushed into
/// its connection, so that the server nearly always sees them in order although they travel on several connections; the producer's
/// sequence catches the rest.
/// </summary>
/// <param name="calls">Sends the requests.</param>
/// <param name="target">The stream.</param>
/// <param name="producer">Id of the producer, to begin with.</param>
/// <param name="epoch">Its epoch.</param>
/// <param name="fencingToken">Token to append with, or null.</param>
internal sealed class HttpAppendTransport(HttpCalls calls, AppendTarget target, string producer, int epoch, string? fencingToken) : IAppendTransport
{
    private volatile AppendIdentity _identity = new(producer, First: 0);

    private readonly SendWindow _window = new();

    public IOutgoingBatch Encode(ReadOnlySpan<NewRecord> batch, int size) => new Outgoing(this, BatchEncoding.Encode(batch, size));

    /// <summary>Under which producer it sends.</summary>
    public AppendIdentity Identity => _identity;

    public async ValueTask<string?> BeginAnewAsync(ProducerSilence silence, CancellationToken cancellationToken)
    {
        var stream = await target.Describe(cancellationToken);
        if (stream.Id != target.Id || stream.Config.ProducerExpirySeconds is not { } expiry || !silence.IsExplainedBy(TimeSpan.FromSeconds(expiry)))
            return null;

        _identity = new AppendIdentity(ProducerIds.New(target.Random), silence.First);
        return _identity.Producer;
    }

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
            using var request = new HttpRequestMessage(HttpMethod.Post, target.Records) { Content = content };
            if (fencingToken is not null)
                request.Headers.TryAddWithoutValidation(WireHeaders.FencingToken, fencingToken);

            var identity = _identity;
            new ProducerStamp(identity.Producer, epoch, identity.SequenceOf(sequence)).AddTo(request);
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

/// <summary>The stream that batches go to.</summary>
/// <param name="Id">Its identity: another stream may come to stand under its name.</param>
/// <param name="Records">Where batches are posted to.</param>
/// <param name="Describe">Asks how it stands now.</param>
/// <param name="Random">Gives numbers from 0 up to, not including, 1, for producer ids.</param>
internal sealed record AppendTarget(string Id, Uri Records, Func<CancellationToken, Task<StreamBody>> Describe, Func<double> Random);
