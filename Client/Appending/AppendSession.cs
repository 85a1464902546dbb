using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Text.Json;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Contracts.Frames;
using Orleans.Log.Api.Contracts.Sessions;
using Orleans.Log.Client.Http;

namespace Orleans.Log.Client.Appending;

/// <summary>
/// One connection that batches are sent on in order and answered in the same order. When it breaks, everything that is not answered fails as
/// <c>outcome_unknown</c>, and there must be another. Safe for use by any number of threads.
/// </summary>
internal sealed class AppendSession : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly Stream _connection;
    private readonly PipeReader _input;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly Lock _lock = new();
    private readonly Queue<Pending> _pending = new(); // sent, the oldest first; as many as the appender's pipeline, and attempts that it gave up
    private readonly ITimer _timer;
    private CancellationTokenRegistration _onClosed;
    private long _answered;
    private bool _timing;
    private bool _over;

    private AppendSession(HttpResponseMessage response, Stream connection, TimeSpan timeout, TimeProvider time)
    {
        (_response, _connection, _timeout, _time) = (response, connection, timeout, time);
        _input = PipeReader.Create(connection);
        _timer = time.CreateTimer(static self => ((AppendSession)self!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Nothing can be sent any more.</summary>
    public bool IsOver
    {
        get
        {
            lock (_lock)
                return _over;
        }
    }

    /// <summary>Does the answer to an upgrade open a session?</summary>
    public static bool IsOpening(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.SwitchingProtocols
        && response.Headers.Upgrade.Any(protocol => string.Equals(protocol.ToString(), SessionFormat.Protocol, StringComparison.OrdinalIgnoreCase));

    /// <summary>Waits for the welcome. The answer belongs to the session if this succeeds.</summary>
    public static async Task<AppendSession> OpenAsync(
        HttpResponseMessage response, TimeSpan timeout, TimeProvider time, CancellationToken closed, CancellationToken cancellationToken)
    {
        var connection = await response.Content.ReadAsStreamAsync(cancellationToken);
        var session = new AppendSession(response, connection, timeout, time);
        await session.WelcomeAsync(cancellationToken);
        using (ExecutionContext.SuppressFlow())
            _ = Task.Run(session.ReadAsync, CancellationToken.None);

        session._onClosed = closed.UnsafeRegister(static self => ((AppendSession)self!).End(Closed()), session);
        if (session.IsOver)
            session._onClosed.Unregister();

        return session;
    }

    /// <summary>
    /// Sends a batch; ends when the next may be sent without overtaking it. The attempt, or null if the session was over before anything of it was sent.
    /// </summary>
    /// <param name="frame">The whole frame; must not change until the attempt has succeeded.</param>
    /// <param name="cancellationToken">Gives the attempt up. What has begun to be sent is sent to its end, or nothing behind it could be understood.</param>
    public async ValueTask<Task<AppendAck>?> SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        try
        {
            await _writing.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return Task.FromCanceled<AppendAck>(cancellationToken);
        }

        var pending = new Pending(_time.GetTimestamp());
        lock (_lock)
        {
            if (_over)
            {
                _writing.Release();
                return null;
            }

            _pending.Enqueue(pending);
            if (!_timing)
                _timing = _timer.Change(_timeout, Timeout.InfiniteTimeSpan);
        }

        pending.GiveUpWith(cancellationToken);
        var written = WriteAsync(frame);
        if (!written.IsCompleted)
            await Task.WhenAny(written, pending.Outcome);

        return pending.Outcome;
    }

    /// <summary>
    /// Closes the connection, because the stream has forgotten the producer, and ends when no frame is being read any longer. What is not answered had no effect: it comes
    /// behind a batch that was refused, and is to be sent again under another producer.
    /// </summary>
    public async Task CloseAsync()
    {
        End(new LogClientException(LogClientErrors.ProducerGap, "The stream has forgotten the producer.", retryable: true));
        await _writing.WaitAsync();
        _writing.Release();
    }

    /// <summary>Closes the connection; what is not answered fails, and may have been carried out.</summary>
    public void Dispose() => End(Closed());

    private async Task WelcomeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await _input.ReadAsync(cancellationToken);
            var rest = result.Buffer;
            if (SessionReader.TryTakeFromServer(ref rest, out var frame))
            {
                if (frame.Kind != SessionFrameKind.Welcome)
                    throw new FrameFormatException("A session begins with a welcome.");

                _ = SessionReader.ReadWelcome(frame);
                _input.AdvanceTo(rest.Start);
                return;
            }

            if (result.IsCompleted)
                throw new IOException("The connection ended before the session was open.");

            _input.AdvanceTo(rest.Start, rest.End);
        }
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> frame)
    {
        try
        {
            await _connection.WriteAsync(frame);
        }
        catch (IOException)
        {
            // The server may have said why before it closed the connection: the loop that reads finds that, and then the end.
        }
        catch (Exception e)
        {
            End(ProblemMapping.FromConnection(e, changes: true, nothingSent: false));
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            while (true)
            {
                var result = await _input.ReadAsync();
                var rest = result.Buffer;
                while (SessionReader.TryTakeFromServer(ref rest, out var frame))
                    Take(frame);

                _input.AdvanceTo(rest.Start, rest.End);
                if (result.IsCompleted)
                    throw new IOException("The server closed the connection.");
            }
        }
        catch (Exception e) when (e is FrameFormatException or JsonException)
        {
            End(ProblemMapping.FromUnreadable("in a form that this client can read", changes: true, e));
        }
        catch (Exception e)
        {
            End(ProblemMapping.FromConnection(e, changes: true, nothingSent: false));
        }
    }

    private void Take(in SessionFrame frame)
    {
        switch (frame.Kind)
        {
            case SessionFrameKind.Ack:
                var ack = SessionReader.ReadAck(frame);
                Answered(ack.Number).Succeed(new AppendAck(ack.Start, ack.End, ack.Tail, ack.Duplicate));
                break;
            case SessionFrameKind.Refusal:
                // Understood before the batch is taken off the queue: whatever is wrong, the batch has an outcome.
                var refusal = SessionReader.ReadRefusal(frame);
                var failure = Failure(refusal);
                Answered(refusal.Number).Fail(failure);
                break;
            case SessionFrameKind.End:
                var end = SessionReader.ReadRefusal(frame);
                if (end.Number != Volatile.Read(ref _answered))
                    throw new FrameFormatException("The session ended without the answers before its end.");

                End(Failure(end));
                break;
            default:
                throw new FrameFormatException("A session is opened once.");
        }
    }

    private Pending Answered(long number)
    {
        lock (_lock)
        {
            return number == _answered++ && _pending.TryDequeue(out var pending)
                ? pending
                : throw new FrameFormatException("An answer is not that of the oldest batch.");
        }
    }

    private static LogClientException Failure(in SessionRefusal refusal)
    {
        var json = new Utf8JsonReader(refusal.Problem);
        var problem = JsonSerializer.Deserialize(ref json, WireJson.Default.ProblemBody);
        return problem?.Code is { Length: > 0 }
            ? ProblemMapping.FromProblem(problem, problem.Status, changes: true, refusal.RetryAfterSeconds == 0 ? null : TimeSpan.FromSeconds(refusal.RetryAfterSeconds))
            : throw new JsonException("A problem has a code.");
    }

    /// <summary>The session is over; everything that is not answered fails with this. Only the first time counts.</summary>
    private void End(LogClientException failure)
    {
        Pending[] left;
        lock (_lock)
        {
            if (_over)
                return;

            _over = true;
            left = [.. _pending];
            _pending.Clear();
        }

        foreach (var pending in left)
            pending.Fail(failure);

        _timer.Dispose();
        _onClosed.Unregister();
        _response.Dispose();
    }

    // Armed when something is sent and it is not running: once in a time-out, however many batches there are.
    private void Look()
    {
        lock (_lock)
        {
            _timing = false;
            if (_over || !_pending.TryPeek(out var oldest))
                return;

            var left = _timeout - _time.GetElapsedTime(oldest.Since);
            if (left > TimeSpan.Zero)
            {
                _timing = _timer.Change(left, Timeout.InfiniteTimeSpan);
                return;
            }
        }

        End(ProblemMapping.FromTimeout(_timeout, changes: true, nothingSent: false, new TimeoutException()));
    }

    private static LogClientException Closed() => new(LogClientErrors.Closed, "The client is closed.", sideEffects: CallSideEffects.Possible);

    /// <summary>A batch that is sent and not answered.</summary>
    private sealed class Pending(long since)
    {
        private readonly TaskCompletionSource<AppendAck> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private CancellationTokenRegistration _onCancel;

        public long Since { get; } = since;

        public Task<AppendAck> Outcome => _outcome.Task;

        public void GiveUpWith(CancellationToken cancellationToken) =>
            _onCancel = cancellationToken.UnsafeRegister(static (self, token) => ((Pending)self!)._outcome.TrySetCanceled(token), this);

        public void Succeed(in AppendAck ack)
        {
            _onCancel.Unregister();
            _outcome.TrySetResult(ack);
        }

        // An exception that many throw would collect the stack traces of all of them.
        public void Fail(LogClientException failure)
        {
            _onCancel.Unregister();
            _outcome.TrySetException(new LogClientException(
                failure.Code, failure.Message, failure.Retryable, failure.SideEffects, failure.Details, failure.InnerException));
        }
    }
}
