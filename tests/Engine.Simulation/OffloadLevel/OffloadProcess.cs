using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Offload;
using Orleans.Log.Engine.Simulation.Disk;

namespace Orleans.Log.Engine.Simulation.OffloadLevel;

/// <summary>What a process has of the world, and its death: the moment at which its disk is taken, and after which nothing that it does has an effect.</summary>
internal sealed class OffloadProcess
{
    private readonly OffloadSurroundings _around;
    private readonly SimulatedDisk _disk;
    private readonly DeathPlan _plan;

    public OffloadProcess(SimulatedDisk disk, OffloadSurroundings around, DeathPlan plan)
    {
        (_disk, _around, _plan) = (disk, around, plan);
        Store = new DrivenStore(around.Store, around.Random) { DiesIn = plan.StoreCalls, OnDeath = OnDeath };
        disk.Observer = _ =>
        {
            if (!IsSpared && plan.IsDeadlyDiskCall())
                Store.Die();
        };
        Host = new LogNodeHost
        {
            Disk = disk,
            Blobs = Store,
            Meters = UnlistedMeters.Instance,
            Time = around.Clock,
            NewStreamId = around.NewStreamId,
            NewDirectoryId = around.NewDirectoryId,
            BackgroundOffload = false,
            BackgroundCheckpoints = false,
            OffloadProbe = OnStage,
        };
    }

    public DrivenStore Store { get; }

    public LogNodeHost Host { get; }

    /// <summary>It does not die just now: somebody looks at what it has found.</summary>
    public bool IsSpared
    {
        get => Store.IsSpared;
        set => Store.IsSpared = value;
    }

    /// <summary>The disk at the moment of the death.</summary>
    public SimulatedDisk? Image { get; private set; }

    /// <summary>Called before each step on the way to the store.</summary>
    public Action<OffloadStage>? Probe { get; set; }

    private void OnDeath()
    {
        _disk.Observer = null;
        Image = _around.Random.Next(3) == 0 ? _disk.Capture().Any(_around.Random) : _disk.AfterProcessDeath();
        _around.Store.Trace(_disk.TraceHash);
    }

    private void OnStage(OffloadStage stage)
    {
        if (!IsSpared && !Store.Dead && _plan.IsDeadly(stage))
        {
            Store.Die();
            _around.Deaths[(int)stage]++;
        }

        if (Store.Dead)
            throw new BlobStoreException(BlobStoreErrorKind.Unavailable, "The process is dead.");

        Probe?.Invoke(stage);
    }
}

/// <summary>What the processes of one world share.</summary>
internal sealed class OffloadSurroundings(int seed)
{
    private UInt128 _nextStream = 1000;
    private int _nextId;

    public Random Random { get; } = new(seed);

    public PumpContext Pump { get; } = new();

    public StepClock Clock { get; } = new(1_000_000);

    public StoreWorld Store { get; } = new();

    /// <summary>How often a process died before each step, by its number.</summary>
    public int[] Deaths { get; } = new int[Enum.GetValues<OffloadStage>().Length];

    public StreamId NewStreamId() => new(_nextStream += 37);

    public Guid NewDirectoryId() => new(++_nextId, (short)seed, 0, new byte[8]);
}

/// <summary>How a simulated node with a store is set up.</summary>
/// <param name="Wal">Its log.</param>
/// <param name="Sabotage">The planted defects.</param>
/// <param name="Budget">Bytes that the log may take.</param>
internal sealed record OffloadSetup(WalLevel.WalSetup Wal, OffloadSabotage Sabotage = OffloadSabotage.None, long Budget = long.MaxValue)
{
    public LogNodeOptions Options()
    {
        var options = new LogNodeOptions { Wal = Wal.Options(), Offload = { SegmentBytes = 64 * 1024, Sabotage = Sabotage } };
        options.Wal.DiskBudgetBytes = Budget;
        return options;
    }
}
