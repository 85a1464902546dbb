using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Orleans.Log.Api.Contracts.Sessions;
using Orleans.Log.Api.Endpoints.Bodies;
using Orleans.Log.Api.Endpoints.Problems;
using Orleans.Log.Api.Endpoints.Routes;

namespace Orleans.Log.Api.Endpoints.Sessions;

/// <summary>
/// One appender session: reads frames as they come; <see cref="SessionAppends"/> hands them to the log, and <see cref="SessionAnswers"/> answers them in the same order. It ends when the caller closes the
/// connection, the server stops, nothing comes for too long, or a frame cannot be understood; what was handed over is answered first, if it can be. Used by the loop that reads, but for <see cref="Interrupt"/>.
/// </summary>
internal sealed class AppendSession : IAsyncDisposable
{
    /// <summary>What the server's buffer of a connection can hold while a session does not read, in bytes.</summary>
    private const int BehindBytes = 64 * 1024;

    // An idle session holds no buffer: it waits for bytes first and rents then.
    private static readonly StreamPipeReaderOptions ReaderOptions = new(bufferSize: 64 * 1024, minimumReadSize: 4 * 1024, leaveOpen: true, useZeroByteReads: true);

    private readonly Services _services;
    private readonly HttpContext _context;
    private readonly ILogStream _stream;
    private readonly PipeReader _input;
    private readonly SessionAnswers _answers;
    private readonly SessionAppends _appends;
    private readonly SessionWatch _watch;
    private long _held;
    private int _interruption;

    public AppendSession(Services services, HttpContext context, ILogStream stream, in AppendConditions conditions, Stream connection)
    {
        (_services, _context, _stream) = (services, context, stream);
        _input = PipeReader.Create(connection, ReaderOptions);
        _answers = new SessionAnswers(services, context, connection, broken: () => Interrupt(Interruption.Broken));
        _appends = new SessionAppends(stream, conditions, _answers);
        _watch = new SessionWatch(services.Time, Interrupt);
    }

    private Interruption Interrupted => (Interruption)Volatile.Read(ref _interruption);

    public async Task RunAsync()
    {
        _answers.Welcome(new SessionWelcome(SessionFormat.MaxInFlight, _stream.Id.ToString()));
        var answering = _answers.RunAsync();
        LogException? end = null;
        try
        {
            await using var watching = _watch.Start();
            await using var stopping = _services.Stopping.UnsafeRegister(static self => ((AppendSession)self!).Interrupt(Interruption.Stopping), this);
            end = await ReadAsync();
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The caller has gone. What it sent whole is appended all the same.
        }
        catch (Exception e)
        {
            end = Problem.Of(e, _context, _services.Logger);
        }

        _answers.Complete(end);
        await answering;
        if (end is not null)
            await DrainAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _appends.Dispose();
        _answers.Dispose();
        _services.Bodies.Release(ref _held);
        await _input.CompleteAsync();
    }

    /// <summary>Why the session ends, or null if that is not to be told: the caller ended it, is gone, or has nothing outstanding.</summary>
    private async Task<LogException?> ReadAsync()
    {
        while (true)
        {
            _watch.Expect();
            var result = await _input.ReadAsync();
            _watch.Pause();
            var rest = result.Buffer;
            var room = true;
            try
            {
                while (Interrupted == Interruption.None && SessionReader.TryTakeFromClient(ref rest, out var frame))
                {
                    _watch.FrameEnded();
                    if (!_answers.TryTakeRoom())
                    {
                        // Room comes from answers, and what waits here has none yet. It waits in memory, and so does what comes behind it.
                        _appends.Order();
                        room = _services.Bodies.TryHold(ref _held, result.Buffer.Length + BehindBytes);
                        if (!room)
                            break;

                        await _answers.RoomAsync();
                    }

                    _appends.Take(frame);
                }
            }
            finally
            {
                // Also what came before a frame that cannot be understood.
                _appends.Order();
            }

            // A frame that is not whole stays where it is; the pipe reads on behind it.
            room = _services.Bodies.TryHold(ref _held, rest.Length) && room;
            if (!rest.IsEmpty)
                _watch.FrameBegan();

            _input.AdvanceTo(rest.Start, rest.End);
            if (Interrupted != Interruption.None)
                return Told(Interrupted);
            if (!room)
                return new LogException(LogErrorCode.Overloaded, "The server holds as many bytes of requests as it may.", new LogErrorFacts(Reason: Reasons.Bodies));
            if (result.IsCompleted)
                return null;
        }
    }

    /// <summary>Ends the session; the first reason counts. For any thread.</summary>
    private void Interrupt(Interruption why)
    {
        Interlocked.CompareExchange(ref _interruption, (int)why, (int)Interruption.None);
        _input.CancelPendingRead();
    }

    private static LogException? Told(Interruption why) => why switch
    {
        Interruption.Stopping => new LogException(LogErrorCode.Draining, "The node is shutting down."),
        Interruption.SlowFrame => Refusal.BadRequest("The frame came too slowly; nothing of it was appended.", Reasons.RequestTimeout),
        _ => null,
    };

    private async Task DrainAsync()
    {
        // A caller who was told the end may go on sending for a while: reset while it does, the connection would lose what it was told.
        using var over = new CancellationTokenSource(BodyDrain.Time, _services.Time);
        try
        {
            for (long discarded = 0; discarded <= BodyDrain.Bytes;)
            {
                var result = await _input.ReadAsync(over.Token);
                discarded += result.Buffer.Length;
                _input.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                    return;
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // It is over, one way or the other.
        }
    }
}
