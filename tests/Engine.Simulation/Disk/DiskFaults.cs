namespace Orleans.Log.Engine.Simulation.Disk;

/// <summary>What goes wrong with one call.</summary>
public enum DiskFault
{
    /// <summary>The call throws. A write has left any part of itself behind; a flush has marked everything clean and written nothing.</summary>
    Error,

    /// <summary>The call throws because the disk is full; a write has left its first half behind.</summary>
    Full,

    /// <summary>A read returns fewer bytes than there are.</summary>
    ShortRead,

    /// <summary>A read returns a bit that is wrong; the device is well.</summary>
    FlippedRead,

    /// <summary>A write succeeds and lands elsewhere in the file; its own place keeps what was there.</summary>
    Misdirected,

    /// <summary>A write succeeds and lands at its offset in the next file of the directory; its own place keeps what was there.</summary>
    OtherFile,

    /// <summary>A write succeeds and is shown by the cache, and the device never gets it.</summary>
    Stale,

    /// <summary>A write succeeds with one wrong bit.</summary>
    FlippedWrite,
}

/// <summary>Which calls fail, and how. Counted per kind of call from the moment the fault is planned.</summary>
internal sealed class DiskFaults
{
    private readonly List<Planned> _planned = [];

    /// <summary>How many faults have happened.</summary>
    public int Happened { get; private set; }

    /// <summary>Lets the <paramref name="k"/>-th call of this kind from now on (1 = the next one) whose name contains the text go wrong.</summary>
    public void Plan(DiskCall call, int k, DiskFault fault, string nameContains = "") =>
        _planned.Add(new Planned(call, fault, nameContains) { Left = k });

    /// <summary>Lets every further call of this kind go wrong.</summary>
    public void PlanAlways(DiskCall call, DiskFault fault, string nameContains = "") =>
        _planned.Add(new Planned(call, fault, nameContains) { Left = 1, Always = true });

    public void Clear() => _planned.Clear();

    internal DiskFault? Next(DiskCall call, string name)
    {
        DiskFault? fault = null;
        foreach (var planned in _planned)
        {
            if (planned.Call != call || !name.Contains(planned.NameContains, StringComparison.Ordinal))
                continue;

            if (planned.Left > 1 || (planned.Left < 1 && !planned.Always))
            {
                planned.Left--;
                continue;
            }

            planned.Left--;
            Happened++;
            fault = planned.Fault;
        }

        return fault;
    }

    private sealed record Planned(DiskCall Call, DiskFault Fault, string NameContains)
    {
        public int Left { get; set; }

        public bool Always { get; init; }
    }
}
