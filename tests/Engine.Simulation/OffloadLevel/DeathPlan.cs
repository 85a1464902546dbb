using Orleans.Log.Engine.Offload;

namespace Orleans.Log.Engine.Simulation.OffloadLevel;

/// <summary>When a process dies: in a call to the store, before a step on the way to it, or behind a call to its disk; and how often each step was the last.</summary>
internal sealed class DeathPlan
{
    private static readonly OffloadStage[] Attaching =
        [OffloadStage.ReadHeader, OffloadStage.FormatPage, OffloadStage.FormatHeader, OffloadStage.RecordNode, OffloadStage.ReadRoots, OffloadStage.Bind];

    private static readonly OffloadStage[] Rebuilding =
        [OffloadStage.ReadHeader, OffloadStage.RestoreFormat, OffloadStage.RestoreRetire, OffloadStage.RestoreRetirePage, OffloadStage.RestorePage, OffloadStage.RestoreCheckpoint, OffloadStage.Bind];

    private static readonly OffloadStage[] Working = [.. Enum.GetValues<OffloadStage>().Except(Attaching).Except(Rebuilding)];

    private OffloadStage _stage;
    private int _stages;
    private int _diskCalls;

    private DeathPlan()
    {
    }

    /// <summary>Calls to the store until the process dies in one; 0: it does not.</summary>
    public int StoreCalls { get; private init; }

    /// <summary>It does not die before it is told to.</summary>
    public static DeathPlan None => new();

    /// <summary>Of the first process of a world, which makes the store: before one of the steps that hardly any other comes to.</summary>
    public static DeathPlan OfFirstLife(int seed, Random random) => Before([Attaching[seed % Attaching.Length]], random);

    /// <summary>Of a process that works.</summary>
    public static DeathPlan OfLife(Random random) => random.Next(7) switch
    {
        0 => Before(Attaching, random),
        < 4 => Before(Working, random),
        < 6 => new DeathPlan { StoreCalls = 1 + random.Next(random.Next(2) == 0 ? 150 : 1_000) },
        _ => new DeathPlan { _diskCalls = 1 + random.Next(random.Next(2) == 0 ? 60 : 600) },
    };

    /// <summary>Of a process that rebuilds a lost disk.</summary>
    public static DeathPlan OfRestore(Random random) => random.Next(4) switch
    {
        < 2 => Before(Rebuilding, random),
        2 => new DeathPlan { StoreCalls = 1 + random.Next(random.Next(2) == 0 ? 20 : 200) },
        _ => new DeathPlan { _diskCalls = 1 + random.Next(60) },
    };

    /// <summary>Does it die before this step?</summary>
    public bool IsDeadly(OffloadStage stage) => _stages > 0 && stage == _stage && --_stages == 0;

    /// <summary>Does it die behind this call to its disk?</summary>
    public bool IsDeadlyDiskCall() => _diskCalls > 0 && --_diskCalls == 0;

    // Steps that come once for each page or blob are to be survived a few times.
    private static DeathPlan Before(OffloadStage[] stages, Random random)
    {
        var stage = stages[random.Next(stages.Length)];
        var most = stage is OffloadStage.FormatPage or OffloadStage.RestoreRetirePage or OffloadStage.RestorePage ? 64 : stage == OffloadStage.SweepDelete ? 12 : 4;
        return new DeathPlan { _stage = stage, _stages = 1 + (random.Next(2) == 0 ? 0 : random.Next(most)) };
    }
}
