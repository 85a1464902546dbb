namespace Orleans.Log.Conformance;

/// <summary>
/// Collects what callbacks are told, and notices at once when two run together or one runs twice. Each batch is known by a number.
/// </summary>
public sealed class Outcomes
{
    private readonly Lock _lock = new();
    private readonly List<(int Batch, Outcome Outcome)> _all = [];
    private readonly HashSet<int> _seen = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _watchers = [];
    private int _inside;

    /// <summary>What was told, in the order of the callbacks.</summary>
    public IReadOnlyList<(int Batch, Outcome Outcome)> All
    {
        get
        {
            lock (_lock)
                return [.. _all];
        }
    }

    /// <summary>A callback for that batch, which runs <paramref name="then"/> before it returns.</summary>
    public Action<Outcome> Of(int batch, Action<Outcome>? then = null) => outcome =>
    {
        Interlocked.Increment(ref _inside).ShouldBe(1, "callbacks run one at a time");
        lock (_lock)
        {
            _seen.Add(batch).ShouldBeTrue($"the callback of batch {batch} runs once");
            _all.Add((batch, outcome));
            foreach (var watcher in _watchers.Where(watcher => watcher.Count <= _all.Count))
                watcher.Reached.TrySetResult();
        }

        try
        {
            then?.Invoke(outcome);
        }
        finally
        {
            Interlocked.Decrement(ref _inside);
        }
    };

    /// <summary>Ends when that many callbacks have begun.</summary>
    public Task CountAsync(int count)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_all.Count >= count)
                reached.SetResult();
            else
                _watchers.Add((count, reached));
        }

        return reached.Task;
    }

    /// <summary>The batches stood in order, and each got as many positions as it has records, behind those of the one before.</summary>
    public void ShouldBeOrdered(int recordsPerBatch, int from = 0)
    {
        var last = -1L;
        var expected = from;
        foreach (var (batch, outcome) in All)
        {
            batch.ShouldBe(expected++, "callbacks come in the order of the calls");
            outcome.Error.ShouldBeNull();
            outcome.Start.ShouldBeGreaterThan(last, "positions grow");
            (outcome.End - outcome.Start).ShouldBe(recordsPerBatch, "a batch has contiguous positions, one per record");
            last = outcome.End - 1;
        }
    }
}
