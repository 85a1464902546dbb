using System.Buffers;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Contracts.Sessions;
using Orleans.Log.Api.Endpoints.Problems;
using Orleans.Log.Api.Endpoints.Routes;

namespace Orleans.Log.Api.Endpoints.Sessions;

/// <summary>
/// The answers of one session, in the order of its appends. What is known by the time the first of them is, goes out in one write. One loop adds,
/// <see cref="RunAsync"/> is another; every outcome is taken, also when nobody can be told any more.
/// </summary>
/// <param name="services">Clock, time-outs and instruments.</param>
/// <param name="context">The request that the session began as.</param>
/// <param name="connection">Where the answers go.</param>
/// <param name="broken">Called once if they cannot go there any more.</param>
internal sealed class SessionAnswers(Services services, HttpContext context, Stream connection, Action broken) : IDisposable
{
    /// <summary>Answers are written at the latest when they have this many bytes.</summary>
    private const int WriteBytes = 32 * 1024;

    // One less than may be in flight, because the oldest is in the loop's hands.
    private readonly Channel<Ordered> _ordered = Channel.CreateBounded<Ordered>(
        new BoundedChannelOptions(SessionFormat.MaxInFlight - 1) { SingleReader = true, SingleWriter = true });

    private readonly ArrayBufferWriter<byte> _output = new();
    private OutcomeWait _wait = new(services.Time, services.Options.AppendTimeout);
    private long _number;
    private LogException? _end;
    private bool _broken;

    /// <summary>Says that the session is open; before <see cref="RunAsync"/>.</summary>
    public void Welcome(in SessionWelcome welcome) => SessionWriter.WriteWelcome(_output, welcome);

    /// <summary>Waits until one more append may be in flight.</summary>
    public ValueTask<bool> RoomAsync() => _ordered.Writer.WaitToWriteAsync();

    /// <summary>Adds the next append; there must be room.</summary>
    public void Add(ValueTask<AppendResult> outcome)
    {
        if (!_ordered.Writer.TryWrite(new Ordered(outcome, services.Time.GetTimestamp())))
            throw new InvalidOperationException("An append was ordered without room for its answer.");
    }

    /// <summary>There will be no more; <paramref name="end"/> is told behind the last answer.</summary>
    public void Complete(LogException? end)
    {
        _end = end;
        _ordered.Writer.Complete();
    }

    /// <summary>Answers until everything is answered. Never fails.</summary>
    public async Task RunAsync()
    {
        do
        {
            while (_ordered.Reader.TryRead(out var next))
            {
                if (_output.WrittenCount >= WriteBytes)
                    await WriteAsync();

                var inTime = next.Outcome.IsCompleted;
                if (!inTime)
                {
                    await WriteAsync();
                    inTime = next.Outcome.IsCompleted || await _wait.EndsInTimeAsync(next.Outcome, next.Since);
                }

                if (inTime)
                    Answer(next.Outcome);
                else
                    GiveUp();
            }

            await WriteAsync();
        }
        while (await _ordered.Reader.WaitToReadAsync());

        if (_end is not null)
        {
            Refuse(SessionFrameKind.End, _number, _end);
            await WriteAsync();
        }
    }

    /// <summary>Behind <see cref="RunAsync"/>.</summary>
    public void Dispose() => _wait.Dispose();

    private void Answer(in ValueTask<AppendResult> outcome)
    {
        var number = _number++;
        try
        {
            var result = outcome.GetAwaiter().GetResult();
            SessionWriter.WriteAck(_output, new SessionAck(number, result.Start, result.End, result.Tail, result.Duplicate));
        }
        catch (Exception e)
        {
            Refuse(SessionFrameKind.Refusal, number, Problem.Of(e, context, services.Logger));
        }
    }

    private void GiveUp()
    {
        _wait.Dispose();
        _wait = new OutcomeWait(services.Time, services.Options.AppendTimeout);
        Refuse(SessionFrameKind.Refusal, _number++, Services.OutOfTime());
    }

    private void Refuse(SessionFrameKind kind, long number, LogException why)
    {
        var body = Problem.Body(why, context);
        services.Instruments.OnProblem(body.Code!, body.Status);
        var json = new ReadOnlySequence<byte>(JsonSerializer.SerializeToUtf8Bytes(body, WireJson.Default.ProblemBody));
        SessionWriter.WriteRefusal(_output, kind, new SessionRefusal(number, ProblemTable.Row(why.Code).RetryAfterSeconds ?? 0, json));
    }

    private async ValueTask WriteAsync()
    {
        try
        {
            if (_output.WrittenCount > 0 && !_broken)
                await connection.WriteAsync(_output.WrittenMemory, context.RequestAborted);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            _broken = true;
            broken();
        }

        _output.ResetWrittenCount();
    }

    private readonly record struct Ordered(ValueTask<AppendResult> Outcome, long Since);
}
