using System.Text;

namespace Orleans.Log.Engine.Simulation.StreamLevel;

/// <summary>
/// Issues operations on one open stream, predicts what becomes of each from the model, and holds every answer against the prediction: refused at once for
/// the right reason, or taken and answered in order with the right positions.
/// </summary>
internal sealed class StreamDriver(ILogStream stream, StreamModel model)
{
    private readonly List<Pending> _pending = [];

    public ILogStream Stream => stream;

    public StreamModel Model => model;

    public bool IsIdle => _pending.Count == 0;

    /// <summary>Right results so far.</summary>
    public int Results { get; private set; }

    /// <summary>Calls refused because the disk is full.</summary>
    public int Full { get; private set; }

    /// <summary>Right refusals so far.</summary>
    public int Refusals { get; private set; }

    public void Append(ModelAppend append)
    {
        var expected = append.Positions(model.Ordered);
        Issue(append, () => Answer.To(stream.AppendAsync(BatchOf(append), append.Conditions, CancellationToken.None), result =>
            result.Start == expected.Start && result.End == expected.End && result.Tail >= result.End
                ? result.End
                : throw new BrokenPromiseException($"Append answered {result} instead of {expected}.")));
    }

    public void Trim(long before) =>
        Issue(new ModelTrim(before), () => Answer.To(stream.TrimAsync(before, CancellationToken.None), position => position.Head >= before
            ? 0
            : throw new BrokenPromiseException($"Trim to {before} answered head {position.Head}.")));

    public void Fence(string token, string? expected) =>
        Issue(new ModelFence(token, expected), () => Answer.To(stream.FenceAsync(token, expected, CancellationToken.None), _ => 0L));

    public void Seal()
    {
        var tail = model.Ordered.Tail;
        Issue(new ModelSeal(), () => Answer.To(stream.SealAsync(CancellationToken.None), position => position.Sealed && position.Tail == tail
            ? tail
            : throw new BrokenPromiseException($"Seal answered {position} instead of tail {tail}.")));
    }

    /// <summary>Takes the answers that have come. After a failure of the disk an answer may also be "unknown"; it is counted and proves nothing.</summary>
    public int Poll(bool failed = false)
    {
        var unknown = 0;
        for (var i = 0; i < _pending.Count; i++)
        {
            var pending = _pending[i];
            if (!pending.Call.HasCome)
                continue;

            if (_pending.Take(i).Any(earlier => earlier.Number > 0 && earlier.Number < pending.Number))
                throw new BrokenPromiseException("An operation was answered before an earlier one of its stream.");

            _pending.RemoveAt(i--);
            try
            {
                var tail = pending.Call.Take();
                Results++;
                model.Acknowledge(Math.Max(pending.Number, pending.Repeats), tail);
            }
            catch (LogException error) when (failed && error.SideEffects == SideEffects.Possible)
            {
                unknown++;
            }
        }

        return unknown;
    }

    private void Issue(ModelOperation operation, Func<Answer> call)
    {
        var (refusal, idle) = (operation.Refusal(model.Ordered), operation.IsIdle(model.Ordered));
        var answer = call();
        var code = answer.TakeRefusal();
        if (code is LogErrorCode.Overloaded or LogErrorCode.TooManyInFlight or LogErrorCode.ReadOnlyDiskFull)
        {
            Full += code == LogErrorCode.ReadOnlyDiskFull ? 1 : 0;
            return;
        }

        if (code != refusal)
            throw new BrokenPromiseException($"{operation} was answered {code?.ToString() ?? "taken"} instead of {refusal?.ToString() ?? "taken"}.");

        if (refusal is not null)
            Refusals++;
        else if (idle)
            _pending.Add(new Pending(0, model.RepeatedBy(operation), answer));
        else
            _pending.Add(new Pending(model.Order(operation), 0, answer));
    }

    private static RecordBatch BatchOf(ModelAppend append) => new(append.Records.Select(record => new AppendRecord(
        new(record.Payload),
        record.Header is null ? default : new RecordHeader[] { new("h"u8.ToArray(), Encoding.UTF8.GetBytes(record.Header)) },
        record.Timestamp)).ToArray());

    /// <summary>A call that was taken.</summary>
    /// <param name="Number">Number of its operation; 0 if it has no effect of its own.</param>
    /// <param name="Repeats">Operation that it repeats and whose durability its answer proves.</param>
    /// <param name="Call">Its answer.</param>
    private sealed record Pending(int Number, int Repeats, Answer Call);
}
