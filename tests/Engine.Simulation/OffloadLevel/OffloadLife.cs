using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Offload;
using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Simulation.StreamLevel;
using Orleans.Log.Engine.Simulation.WalLevel;

namespace Orleans.Log.Engine.Simulation.OffloadLevel;

/// <summary>One process: a node over a disk and a store, whose threads are played by the caller. It dies where its plan says, or when it is told to.</summary>
internal sealed class OffloadLife : IWaiter
{
    private readonly PumpContext _pump;
    private readonly Random _random;
    private readonly List<Exception> _failures = [];

    public OffloadLife(SimulatedDisk disk, OffloadSetup setup, OffloadSurroundings around, DeathPlan plan)
    {
        (_pump, _random) = (around.Pump, around.Random);
        Process = new OffloadProcess(disk, around, plan);
        Node = LogNode.Start(setup.Options(), Process.Host with { OnFailure = _failures.Add });
        Stepper = new WalStepper(disk, Node.Wal, _failures);
    }

    public OffloadProcess Process { get; }

    public DrivenStore Store => Process.Store;

    public LogNode Node { get; }

    public WalStepper Stepper { get; }

    public IReadOnlyList<Exception> Failures => _failures;

    /// <summary>Plays on until the call has ended, or the process has died. Says whether the call has ended.</summary>
    public bool Play(Task call)
    {
        for (var left = 50_000; left > 0 && !call.IsCompleted && !Store.Dead; left--)
        {
            Stepper.Step(_random);
            _pump.Run();
            if (left % 4 == 0)
                Store.Answer();

            _pump.Run();
        }

        if (!call.IsCompleted && !Store.Dead)
            throw new BrokenPromiseException($"A call does not end although log and store go on: log {Node.Wal.State}, durable to {Node.Wal.DurableThrough} of {Node.Wal.End}, {_failures.Count} failures: {_failures.FirstOrDefault()}");

        return call.IsCompleted && !Store.Dead;
    }

    /// <inheritdoc/>
    public T For<T>(ValueTask<T> call)
    {
        if (call.IsCompleted)
            return call.GetAwaiter().GetResult();

        var task = Of(call);
        return Play(task) ? task.GetAwaiter().GetResult() : throw new ProcessDiedException();
    }

    // Its continuations run on the pump, and not on a thread of the pool as those of a task would that is made of the call itself.
    private static async Task<T> Of<T>(ValueTask<T> call) => await call;
}

/// <summary>The process died while something was waited for.</summary>
internal sealed class ProcessDiedException : Exception;
