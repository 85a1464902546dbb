using Orleans.Log.Api.Contracts.Sessions;
using Orleans.Log.Api.Endpoints.Problems;

namespace Orleans.Log.Api.Endpoints.Sessions;

/// <summary>
/// The appends of one session: hands each batch to the log without waiting for the one before, which fixes their order, or several that came together as one (<see cref="AppendGroup"/>), and their outcomes to
/// <see cref="SessionAnswers"/> in that order. Refers to the bytes of a frame until <see cref="Order()"/>. Used by the loop that reads.
/// </summary>
/// <param name="stream">Where they go.</param>
/// <param name="common">What holds for all of them; an append may add its own.</param>
/// <param name="answers">Who awaits the outcomes.</param>
internal sealed class SessionAppends(ILogStream stream, AppendConditions common, SessionAnswers answers) : IDisposable
{
    private readonly AppendGroup _group = new();

    /// <summary>Takes the next frame, for whose answer room was taken; it is handed over now or with those that come behind it. What is wrong with it is its answer.</summary>
    public void Take(in SessionFrame frame)
    {
        try
        {
            var append = SessionReader.ReadAppend(frame);
            if (append.Sequence is null != common.Producer is null)
                throw Refusal.BadRequest("An append has a sequence if its session has a producer, and only then.");

            var alone = !stream.DecidesAtOnce || append.Sequence is not null || append.ExpectedTail is not null;
            if (alone || !_group.HasRoomFor(append.Body.Length))
                Order();

            _group.Add(append.Body);
            if (alone)
                Order(common with { ExpectedTail = append.ExpectedTail, Producer = common.Producer is { } stamp ? stamp with { Sequence = append.Sequence!.Value } : null });
        }
        catch (Exception e)
        {
            Order();
            answers.Add(ValueTask.FromException<AppendResult>(e));
        }
    }

    /// <summary>Hands over what was put together so far.</summary>
    public void Order() => Order(common);

    public void Dispose() => _group.Dispose();

    // Not async: when this returns, every batch has its place, the log has its copy, and the memory is free.
    private void Order(in AppendConditions conditions)
    {
        if (_group.Count == 0)
            return;

        var ordered = Append(_group.All, conditions);
        if (_group.Count > 1 && ordered.IsCompleted && !ordered.IsCompletedSuccessfully)
            Part(ordered, conditions);
        else
            answers.Add(ordered, _group.Ends);

        _group.Clear();
    }

    /// <summary>
    /// Together they were refused. If that is for what they are, one of them may be to blame alone: each is told its own, and nothing has come behind them yet.
    /// What may have happened, or is only too much for now, is so for all of them.
    /// </summary>
    private void Part(ValueTask<AppendResult> refused, in AppendConditions conditions)
    {
        try
        {
            _ = refused.GetAwaiter().GetResult();
        }
        catch (LogException why) when (!why.Retryable && why.SideEffects == SideEffects.None)
        {
            for (var i = 0; i < _group.Count; i++)
                answers.Add(Append(_group[i], conditions));
        }
        catch (Exception why)
        {
            answers.Add(ValueTask.FromException<AppendResult>(why), _group.Ends);
        }
    }

    private ValueTask<AppendResult> Append(in RecordBatch batch, in AppendConditions conditions)
    {
        try
        {
            return stream.AppendAsync(batch, conditions, CancellationToken.None);
        }
        catch (Exception e)
        {
            return ValueTask.FromException<AppendResult>(e);
        }
    }
}
