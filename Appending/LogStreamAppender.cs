using System.Threading.Channels;
using Orleans.Log.Client.Appending;

namespace Orleans.Log.Client;

/// <summary>
/// Writes to one stream, pipelined and in order.
/// <para><b>Order.</b> Batches are appended, acknowledged and called back in the order of the calls; calls made at the same time by
/// several threads stand in some order. Two appenders have no order between them.</para>
/// <para><b>Room.</b> At most <see cref="PipelineSize"/> batches are on their way or in their callback. Beyond that calls wait, in order.
/// A batch's room is free when its callback has returned.</para>
/// <para><b>Outcome.</b> For every call exactly one of the two happens: it throws, or its callback runs. Callbacks run one at a time, on
/// the thread pool, in append order. From inside a callback, <see cref="Close"/> and, as far as there is room, <c>AppendBatch</c> are legal; one
/// that would have to wait for room throws there, because only the end of the callback could make any.</para>
/// <para><b>Failure.</b> The appender is a producer: after a lost connection, a refusal that asks for patience or a restart of the server it
/// sends again under the same sequences, so nothing is lost or doubled. When that is switched off, does not help in time, or the server
/// refuses for good, the batch and all that follow fail in order with the same error, and the appender stays faulted.
/// <see cref="LogClientException.SideEffects"/> of that error tells whether the batch may be in the stream all the same.</para>
/// <para><b>Idleness.</b> A stream forgets a producer that was idle for its <c>producer_expiry</c>. The appender then begins anew under another id, if it
/// was not given one, and callers notice nothing.</para>
/// <para>Safe for use by any number of threads.</para>
/// </summary>
public sealed partial class LogStreamAppender : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly IAppendTransport _transport;
    private readonly AppenderOptions _options;
    private readonly TimeProvider _time;
    private readonly Backoff _backoff;
    private readonly RecoveryGate _recovery = new();
    private readonly CancellationTokenSource _abort = new();

    // Both hold at most PipelineSize batches, because each batch in them has its room.
    private readonly Channel<PendingBatch> _toSend;
    private readonly Channel<PendingBatch> _toComplete;

    private string _producerId;

    // Guarded by the lock.
    private readonly LinkedList<WaitingCall> _waiting = [];
    private long _waitingBytes;
    private int _used;
    private long _nextSequence;
    private bool _closed;
    private LogClientException? _fault;

    /// <summary>
    /// An appender that is open. For those who bring a transport; others get theirs from <see cref="IAppenderSource.OpenAppenderAsync"/>, which also looks
    /// whether the stream can be appended to.
    /// </summary>
    /// <param name="stream">Name of the stream.</param>
    /// <param name="producerId">Identity that the transport stamps the batches with.</param>
    /// <param name="transport">Carries the batches; the appender's from now on, which disposes it when it is completed.</param>
    /// <param name="options">How it works.</param>
    /// <param name="backoff">Pauses between attempts, and the clock of all time-outs.</param>
    public LogStreamAppender(string stream, string producerId, IAppendTransport transport, AppenderOptions options, Backoff backoff)
    {
        Stream = stream;
        _producerId = producerId;
        _transport = transport;
        _options = options;
        _time = backoff.Time;
        _backoff = backoff;
        _acknowledged = _time.GetTimestamp();
        _nextSequence = options.FirstSequence;
        _oldest = options.FirstSequence;
        _toSend = Channel.CreateBounded<PendingBatch>(Bounds(options.PipelineSize));
        _toComplete = Channel.CreateBounded<PendingBatch>(Bounds(options.PipelineSize));

        // The loops outlive the caller's context (its trace, its locals) and must not carry it into every request.
        using (ExecutionContext.SuppressFlow())
        {
            var sending = Task.Run(SendLoopAsync);
            Completion = Task.Run(() => CompleteLoopAsync(sending));
        }
    }

    /// <summary>Name of the stream.</summary>
    public string Stream { get; }

    /// <summary>
    /// Identity under which this appender writes. One that was not chosen (<see cref="AppenderOptions.ProducerId"/>) changes when the stream has forgotten it, because
    /// nothing was appended for the stream's <c>producer_expiry</c>.
    /// </summary>
    public string ProducerId => Volatile.Read(ref _producerId);

    /// <summary>Most batches on their way at once.</summary>
    public int PipelineSize => _options.PipelineSize;

    /// <summary>Ends, never with an error, when the appender is closed or faulted and every callback has returned.</summary>
    public Task Completion { get; }

    /// <summary>Where it is in its life.</summary>
    public AppenderState State
    {
        get
        {
            lock (_lock)
            {
                if (_fault is { Code: not LogClientErrors.Closed })
                    return AppenderState.Faulted;
                if (!_closed)
                    return AppenderState.Open;

                return _used == 0 ? AppenderState.Closed : AppenderState.Closing;
            }
        }
    }

    /// <summary>The error that ended it, or null.</summary>
    public LogClientException? Fault
    {
        get
        {
            lock (_lock)
                return _fault;
        }
    }

    /// <summary>
    /// Takes no more batches: calls that wait for room, and later ones, fail with <c>closed</c>. What was accepted before is finished
    /// and called back with its true outcome. Returns at once; may be called again, and from inside a callback.
    /// </summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            FailWaiting(ClosedByOwner());
            _toSend.Writer.TryComplete();
        }
    }

    /// <summary>
    /// Closes and waits for the last callback. Cancelling stops waiting for the server: what is then still on its way is called back with
    /// <c>closed</c>, and may have been appended. From inside a callback use <see cref="Close"/>: waiting there for the callback's own end would never end.
    /// </summary>
    public async Task CloseAsync(CancellationToken cancellationToken = default)
    {
        Close();
        await using var registration = cancellationToken.UnsafeRegister(
            static self => ((LogStreamAppender)self!).Fail(ClosedByOwner(CallSideEffects.Possible)), this);
        await Completion;
    }

    /// <summary>Closes and waits for the last callback.</summary>
    public async ValueTask DisposeAsync() => await CloseAsync();

    /// <summary>From now on everything that is not settled fails with this error.</summary>
    private void Fail(LogClientException error)
    {
        lock (_lock)
        {
            if (_fault is not null)
                return;

            _fault = error;
            FailWaiting(error);
            _toSend.Writer.TryComplete();
        }

        _recovery.OpenForGood();
        _abort.Cancel();
    }

    private static LogClientException ClosedByOwner(CallSideEffects sideEffects = CallSideEffects.None) =>
        new(LogClientErrors.Closed, "The appender is closed.", retryable: false, sideEffects);

    private static BoundedChannelOptions Bounds(int size) => new(size) { SingleReader = true };
}
