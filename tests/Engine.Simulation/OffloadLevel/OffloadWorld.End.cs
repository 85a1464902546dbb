using Orleans.Log.Engine.Simulation.StreamLevel;

namespace Orleans.Log.Engine.Simulation.OffloadLevel;

/// <content>The end of a world: the store does what it is asked again, and everything must come to rest.</content>
internal sealed partial class OffloadWorld
{
    /// <summary>
    /// Lets everything end, offloads all and sweeps. Then appends are taken again, the log keeps nothing, the store holds what roots name and nothing else, and all of it is there once more after
    /// the disk is lost.
    /// </summary>
    public void End()
    {
        using var entered = _around.Pump.Enter();
        _atEnd = true;
        var store = _life.Store;
        (_life.Process.IsSpared, store.Faults, store.Damages, store.Delays, store.Away, store.FailsNextPack) = (true, 0, 0, 0, false, false);
        while (_around.Store.UnderWay.Count > 0)
            _around.Store.Arrive(_random);

        Settle();
        Finish(Offload, "Offloading");
        Finish(() => _checkpointing ??= _life.Node.CheckpointAsync(), "A checkpoint");
        foreach (var name in _names.Where(static name => name.Present is not null))
            RequireAppends(name);

        Finish(Offload, "Offloading");
        Finish(() => _checkpointing ??= _life.Node.CheckpointAsync(), "A checkpoint");
        if (_life.Node.Wal.Head.File < _life.Node.Wal.End.File)
            throw new BrokenPromiseException($"Everything is offloaded, and the log keeps files {_life.Node.Wal.Head.File} to {_life.Node.Wal.End.File}.");

        Finish(Sweep, "A sweep");

        // What retention gave up just now is not published yet.
        Finish(Offload, "Offloading");
        Finish(Sweep, "A sweep");
        RequireSound();
        Lose();
    }

    private void Settle()
    {
        for (var left = 50_000; left > 0 && !IsIdle; left--)
        {
            _life.Stepper.Step(_random);
            _life.Store.Answer();
            _around.Pump.Run();
            Poll();
        }

        if (!IsIdle)
            throw new BrokenPromiseException("Not everything ends although log and store go on.");
    }

    private bool IsIdle => _offloading is null && _sweeping is null && _checkpointing is null && _acts.Count == 0 && _names.All(static name => name.Driver is null or { IsIdle: true });

    private void Finish(Action begin, string what)
    {
        begin();
        var (offloading, sweeping) = (_offloading, _sweeping);
        Settle();
        if (offloading is { IsFaulted: true } || sweeping is { IsFaulted: true })
            throw new BrokenPromiseException($"{what} fails although the store does what it is asked: {offloading?.Exception ?? sweeping?.Exception}");
    }

    private void RequireAppends(OffloadName name)
    {
        var present = name.Present!;
        name.Driver ??= new StreamDriver(_life.For(_life.Node.OpenAsync(name.Name, default)), present.Model);
        for (var left = 100; left > 0; left--)
        {
            var state = present.Model.Ordered;
            var tail = state.Tail;
            if (state.Sealed)
                return;

            name.Driver.Append(new ModelAppend([new ModelRecord([1, 2, 3], null, null)], new AppendConditions(FencingToken: state.Token.Length == 0 ? null : state.Token)));
            if (present.Model.Ordered.Tail > tail)
                return;

            _life.Stepper.Prepare();
            Settle();
        }

        throw new BrokenPromiseException($"Stream {name.Name} takes no appends although everything is offloaded.");
    }

    private void RequireSound()
    {
        var found = Done(StoreInspector.InspectAsync(_around.Store.Blobs, progress: null, default));
        if (found.Findings is [var finding, ..])
            throw new BrokenPromiseException($"'{finding.Blob}' of {finding.Stream}: {finding.Problem}");

        if (found.Orphans > 0)
            throw new BrokenPromiseException($"{found.Orphans} blobs that nothing names were not swept.");
    }
}
