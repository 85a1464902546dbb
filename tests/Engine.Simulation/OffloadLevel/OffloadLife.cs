using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Offload;
using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Simulation.WalLevel;

namespace Orleans.Log.Engine.Simulation.OffloadLevel;

/// <summary>One process: a node over a disk and a store, whose threads are played by the caller. It may die at any call to the store, and before any step on the way there.</summary>
internal sealed class OffloadLife
{
    private readonly PumpContext _pump;
    private readonly Random _random;
    private readonly List<Exception> _failures = [];

    public OffloadLife(SimulatedDisk disk, IBlobStore blobs, OffloadSetup setup, OffloadSettingsOfLife settings, PumpContext pump, Random random)
    {
        (Disk, _pump, _random) = (disk, pump, random);
        Store = new DrivenStore(blobs, random) { OnDeath = () => Image = random.Next(3) == 0 ? disk.Capture().Any(random) : disk.AfterProcessDeath() };
        Host = HostOf(disk, Store, settings) with { OnFailure = _failures.Add, OffloadProbe = OnStage };
        Node = LogNode.Start(setup.Options(), Host);
        Stepper = new WalStepper(disk, Node.Wal, _failures);
    }

    public SimulatedDisk Disk { get; }

    public DrivenStore Store { get; }

    public LogNodeHost Host { get; }

    public LogNode Node { get; }

    public WalStepper Stepper { get; }

    /// <summary>The disk at the moment of the death.</summary>
    public SimulatedDisk? Image { get; private set; }

    /// <summary>Steps until the process dies before one; 0: it does not.</summary>
    public int DiesBeforeStep { get; set; }

    /// <summary>Called before each step on the way to the store.</summary>
    public Action<OffloadStage>? Probe { get; set; }

    public IReadOnlyList<Exception> Failures => _failures;

    public static LogNodeHost HostOf(SimulatedDisk disk, IBlobStore blobs, OffloadSettingsOfLife settings) => new()
    {
        Disk = disk,
        Blobs = blobs,
        Time = settings.Clock,
        NewStreamId = settings.NewStreamId,
        NewDirectoryId = settings.NewDirectoryId,
        BackgroundOffload = false,
    };

    /// <summary>Plays on until the call has ended, or the process has died. Says whether the call has ended.</summary>
    public bool Play(Task call)
    {
        for (var left = 50_000; left > 0 && !call.IsCompleted && !Store.Dead; left--)
        {
            Stepper.Step(_random);
            _pump.Run();
        }

        if (!call.IsCompleted && !Store.Dead)
            throw new BrokenPromiseException($"A call does not end although log and store go on: log {Node.Wal.State}, durable to {Node.Wal.DurableThrough} of {Node.Wal.End}, {_failures.Count} failures: {_failures.FirstOrDefault()}");

        return call.IsCompleted && !Store.Dead;
    }

    private void OnStage(OffloadStage stage)
    {
        if (DiesBeforeStep > 0 && --DiesBeforeStep == 0)
            Store.Die();

        if (Store.Dead)
            throw new BlobStoreException(BlobStoreErrorKind.Unavailable, "The process is dead.");

        Probe?.Invoke(stage);
    }
}

/// <summary>What processes of one world share.</summary>
internal sealed record OffloadSettingsOfLife(StepClock Clock, Func<StreamId> NewStreamId, Func<Guid> NewDirectoryId);

/// <summary>How a simulated node with a store is set up.</summary>
internal sealed record OffloadSetup(WalSetup Wal, OffloadSabotage Sabotage = OffloadSabotage.None)
{
    public LogNodeOptions Options() => new()
    {
        Wal = Wal.Options(),
        Offload = { SegmentBytes = 64 * 1024, Sabotage = Sabotage },
    };
}
