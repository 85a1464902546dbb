using System.Buffers;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Contracts.Sessions;
using Orleans.Log.Api.Endpoints.Outcomes;
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
    private const int WriteBytes = 16 * 1024;

    // Never full: an append has room before it is added, and keeps it until its answer was taken out.
    private readonly Channel<Ordered> _ordered = Channel.CreateBounded<Ordered>(new BoundedChannelOptions(SessionFormat.MaxInFlight) { SingleReader = true, SingleWriter = true });
    private readonly SemaphoreSlim _room = new(SessionFormat.MaxInFlight);

    // Where the batches of groups end, by number; a ring, of which room keeps the slots apart.
    private int[] _ends = [];

    private readonly ArrayBufferWriter<byte> _output = new();
    private OutcomeWait _wait = new(services.Time, services.Options.AppendTimeout);
    private long _added;
    private long _number;
    private LogException? _end;
    private bool _broken;

    /// <summary>Says that the session is open; before <see cref="RunAsync"/>.</summary>
    public void Welcome(in SessionWelcome welcome) => SessionWriter.WriteWelcome(_output, welcome);

    /// <summary>Takes room for the answer of one more append; false if there are as many in flight as may be.</summary>
    public bool TryTakeRoom() => _room.Wait(0);

    /// <summary>Waits until there is room for one more, and takes it.</summary>
    public Task RoomAsync() => _room.WaitAsync();

    /// <summary>Adds the next append, for which room was taken.</summary>
    public void Add(ValueTask<AppendResult> outcome) => Add(outcome, appends: 1);

    /// <summary>Adds appends that have one outcome.</summary>
    /// <param name="outcome">Of all of them.</param>
    /// <param name="ends">Of each, the number of their records up to its end.</param>
    public void Add(ValueTask<AppendResult> outcome, IReadOnlyList<int> ends)
    {
        if (ends.Count > 1 && _ends.Length == 0)
            _ends = new int[SessionFormat.MaxInFlight];

        for (var i = 0; i < ends.Count && ends.Count > 1; i++)
            _ends[Slot(_added + i)] = ends[i];

        Add(outcome, ends.Count);
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
                    Answer(next);
                else
                    GiveUp(next.Appends);

                _room.Release(next.Appends);
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
    public void Dispose()
    {
        _wait.Dispose();
        _room.Dispose();
    }

    private static int Slot(long number) => (int)(number & (SessionFormat.MaxInFlight - 1));

    private void Add(ValueTask<AppendResult> outcome, int appends)
    {
        _added += appends;
        if (!_ordered.Writer.TryWrite(new Ordered(outcome, appends, services.Time.GetTimestamp())))
            throw new InvalidOperationException("An append was added for which no room was taken, or behind the last one.");
    }

    private void Answer(in Ordered ordered)
    {
        try
        {
            var result = ordered.Outcome.GetAwaiter().GetResult();
            var start = result.Start;
            for (var i = 1; i <= ordered.Appends; i++)
            {
                var end = i == ordered.Appends ? result.End : result.Start + _ends[Slot(_number)];
                SessionWriter.WriteAck(_output, new SessionAck(_number++, start, end, result.Tail, result.Duplicate));
                start = end;
            }
        }
        catch (Exception e)
        {
            RefuseAll(ordered.Appends, Problem.Of(e, context, services.Logger));
        }
    }

    private void GiveUp(int appends)
    {
        _wait.Dispose();
        _wait = new OutcomeWait(services.Time, services.Options.AppendTimeout);
        RefuseAll(appends, OutcomeWaits.OutOfTime());
    }

    private void RefuseAll(int appends, LogException why)
    {
        for (var i = 0; i < appends; i++)
            Refuse(SessionFrameKind.Refusal, _number++, why);
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

    private readonly record struct Ordered(ValueTask<AppendResult> Outcome, int Appends, long Since);
}
