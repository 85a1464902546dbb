using Orleans.Log.Api.Contracts.Sessions;
using Orleans.Log.Client.Http;

namespace Orleans.Log.Client.Appending;

/// <summary>
/// All batches of an appender over one session, which keeps their order; over plain requests while none can be opened. A session that broke is replaced
/// when the next batch is sent, which is the one that the appender repeats.
/// </summary>
internal sealed class SessionAppendTransport(
    SessionOpener sessions, HttpAppendTransport requests, Uri address, int epoch, string? fencingToken) : IAppendTransport
{
    private readonly SemaphoreSlim _opening = new(1, 1);
    private volatile Current? _current;

    public IOutgoingBatch Encode(ReadOnlySpan<NewRecord> batch, int size) =>
        new Outgoing(this, BatchEncoding.Encode(batch, size, SessionWriter.AppendHeadBytes));

    /// <summary>Opens a session if there is none, unless requests must do. Fails as <see cref="SessionOpener.TryOpenAsync"/> does.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken) => await CurrentAsync(cancellationToken);

    public async ValueTask<string?> BeginAnewAsync(ProducerSilence silence, CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            var producer = await requests.BeginAnewAsync(silence, cancellationToken);
            if (producer is not null && _current is { } current)
            {
                // The session is the old producer's. A batch gets another sequence, so nobody may still be reading the old one.
                _current = null;
                await current.Session.CloseAsync();
            }

            return producer;
        }
        finally
        {
            _opening.Release();
        }
    }

    private async Task<Current?> ReopenAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (_current is { Session.IsOver: false } current)
                return current;

            var identity = requests.Identity;
            var session = await sessions.TryOpenAsync(address, identity.Producer, epoch, fencingToken, cancellationToken);
            return _current = session is null ? null : new Current(session, identity);
        }
        finally
        {
            _opening.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _current?.Session.Dispose();
        await requests.DisposeAsync();
    }

    private async ValueTask<Task<AppendAck>> SendAsync(Memory<byte> frame, long sequence, bool oldest, CancellationToken cancellationToken)
    {
        var body = frame[SessionWriter.AppendHeadBytes..];
        try
        {
            // A session may end between being found open and being sent on; one that was just made and does is not made a third time.
            for (var i = 0; i < 2 && await CurrentAsync(cancellationToken) is { } current; i++)
            {
                // The same bytes at every attempt of one producer, so it does not matter if an earlier one is still reading them.
                SessionWriter.WriteAppendHead(frame.Span, current.Identity.SequenceOf(sequence), expectedTail: null, body.Length);
                if (await current.Session.SendAsync(frame, cancellationToken) is { } attempt)
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

    private ValueTask<Current?> CurrentAsync(CancellationToken cancellationToken) =>
        _current is { Session.IsOver: false } current ? new(current) : new(ReopenAsync(cancellationToken));

    /// <summary>A session, and whose it is.</summary>
    private sealed record Current(AppendSession Session, AppendIdentity Identity);

    /// <summary>A batch as a frame, in an array that goes back to the pool with it.</summary>
    private sealed class Outgoing(SessionAppendTransport transport, PooledBody body) : IOutgoingBatch
    {
        public ValueTask<Task<AppendAck>> SendAsync(long sequence, bool oldest, CancellationToken cancellationToken) =>
            transport.SendAsync(body.Memory, sequence, oldest, cancellationToken);

        public void Dispose() => body.Dispose();
    }
}
