using Orleans.Log.Api.Contracts.Sessions;
using Orleans.Log.Client.Http;

namespace Orleans.Log.Client.Appending;

/// <summary>
/// All batches of an appender over one session, which keeps their order; over plain requests while none can be opened. A session that broke is replaced
/// when the next batch is sent, which is the one that the appender repeats.
/// </summary>
internal sealed class SessionAppendTransport(
    SessionOpener sessions, HttpAppendTransport requests, Uri address, string producer, int epoch, string? fencingToken) : IAppendTransport
{
    private readonly SemaphoreSlim _opening = new(1, 1);
    private volatile AppendSession? _session;

    public IOutgoingBatch Encode(ReadOnlySpan<NewRecord> batch, int size) =>
        new Outgoing(this, BatchEncoding.Encode(batch, size, SessionWriter.AppendHeadBytes));

    /// <summary>Opens a session if there is none; null where requests must do. Fails as <see cref="SessionOpener.TryOpenAsync"/> does.</summary>
    public async Task<AppendSession?> OpenAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (_session is not { IsOver: false })
                _session = await sessions.TryOpenAsync(address, producer, epoch, fencingToken, cancellationToken);

            return _session;
        }
        finally
        {
            _opening.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _session?.Dispose();
        await requests.DisposeAsync();
    }

    private async ValueTask<Task<AppendAck>> SendAsync(Memory<byte> frame, long sequence, bool oldest, CancellationToken cancellationToken)
    {
        // The same bytes at every attempt, so it does not matter if an earlier one is still reading them.
        var body = frame[SessionWriter.AppendHeadBytes..];
        SessionWriter.WriteAppendHead(frame.Span, sequence, expectedTail: null, body.Length);
        try
        {
            // A session may end between being found open and being sent on; one that was just made and does is not made a third time.
            for (var i = 0; i < 2 && await CurrentAsync(cancellationToken) is { } session; i++)
            {
                if (await session.SendAsync(frame, cancellationToken) is { } attempt)
                    return attempt;
            }
        }
        catch (LogClientException e)
        {
            return Task.FromException<AppendAck>(e);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<AppendAck>(cancellationToken);
        }

        return await requests.SendAsync(body, sequence, oldest, cancellationToken);
    }

    private ValueTask<AppendSession?> CurrentAsync(CancellationToken cancellationToken) =>
        _session is { IsOver: false } session ? new(session) : new(OpenAsync(cancellationToken));

    /// <summary>A batch as a frame, in an array that goes back to the pool with it.</summary>
    private sealed class Outgoing(SessionAppendTransport transport, PooledBody body) : IOutgoingBatch
    {
        public ValueTask<Task<AppendAck>> SendAsync(long sequence, bool oldest, CancellationToken cancellationToken) =>
            transport.SendAsync(body.Memory, sequence, oldest, cancellationToken);

        public void Dispose() => body.Dispose();
    }
}
