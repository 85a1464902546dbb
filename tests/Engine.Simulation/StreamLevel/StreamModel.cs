namespace Orleans.Log.Engine.Simulation.StreamLevel;

/// <summary>
/// One stream as its callers know it: what they asked for, in order, and which of it they were told. After a crash it stands as it stood
/// after some number of those operations, at least as many as were acknowledged.
/// </summary>
internal sealed class StreamModel
{
    private StreamState _base = new();
    private List<ModelOperation> _operations = [];
    private int _acknowledged;

    /// <summary>After everything that was asked for.</summary>
    public StreamState Ordered { get; private set; } = new();

    /// <summary>Operations acknowledged since the last start.</summary>
    public int Acknowledged => _acknowledged;

    /// <summary>Tail as far as acknowledged.</summary>
    public long AcknowledgedTail { get; private set; }

    /// <summary>Takes an operation that has an effect; the result is its number, from 1.</summary>
    public int Order(ModelOperation operation)
    {
        operation.ApplyTo(Ordered);
        _operations.Add(operation);
        return _operations.Count;
    }

    /// <summary>Number of the operation that an idle one repeats; 0 if that was before the last start.</summary>
    public int RepeatedBy(ModelOperation idle) => 1 + _operations.FindLastIndex(earlier => (earlier, idle) switch
    {
        (ModelAppend first, ModelAppend again) => first.Conditions.Producer == again.Conditions.Producer,
        (ModelTrim first, ModelTrim again) => first.Before >= again.Before,
        (ModelFence, ModelFence) or (ModelSeal, ModelSeal) => true,
        _ => false,
    });

    /// <summary>An operation, and so everything before it, is durable.</summary>
    public void Acknowledge(int number, long tail)
    {
        _acknowledged = Math.Max(_acknowledged, number);
        AcknowledgedTail = Math.Max(AcknowledgedTail, tail);
    }

    /// <summary>The legal states after a crash now.</summary>
    public StreamExpectation Expect() => new(_base, _operations, _operations.Count, _acknowledged);

    /// <summary>A start found this state: it is what counts from now on, and all of it is promised.</summary>
    public void Restart(StreamState state)
    {
        _base = state;
        Ordered = state.Clone();
        _operations = [];
        _acknowledged = 0;
        AcknowledgedTail = state.Tail;
    }
}

/// <summary>What a start may find of a stream after a crash at one moment.</summary>
/// <param name="Base">The stream at the start before.</param>
/// <param name="Operations">What was asked for since; only the first <paramref name="Count"/> count.</param>
/// <param name="Count">Asked for before the crash.</param>
/// <param name="Acknowledged">That many are promised.</param>
internal sealed record StreamExpectation(StreamState Base, IReadOnlyList<ModelOperation> Operations, int Count, int Acknowledged)
{
    /// <summary>Every legal state, from "only what was promised" to "all that was asked for".</summary>
    public IEnumerable<StreamState> States()
    {
        var state = Base.Clone();
        for (var i = 0; i < Acknowledged; i++)
            Operations[i].ApplyTo(state);

        yield return state;
        for (var i = Acknowledged; i < Count; i++)
        {
            state = state.Clone();
            Operations[i].ApplyTo(state);
            yield return state;
        }
    }

    /// <summary>The legal state that the stream shows; throws if there is none.</summary>
    public StreamState Match(StreamSight found, string name) => Find(found, name).State;

    /// <summary>The legal state that the stream shows, and of how many of the operations; throws if there is none.</summary>
    public (StreamState State, int Operations) Find(StreamSight found, string name)
    {
        string? why = null;
        var operations = Acknowledged;
        foreach (var state in States())
        {
            if (found.DifferenceFrom(state) is not { } difference)
                return (state, operations);

            why ??= difference;
            operations++;
        }

        throw new BrokenPromiseException(
            $"Stream {name} stands as after none of the operations {Acknowledged} to {Count} (acknowledged to asked for): {why}.");
    }
}
