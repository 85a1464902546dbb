using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Simulation.WalLevel;

/// <summary>Plays the threads of a WAL, one step at a time, in an order that the caller chooses.</summary>
internal sealed class WalStepper(SimulatedDisk disk, WriteAheadLog wal, List<Exception> failures)
{
    private readonly List<(WalBlock Block, long Write)> _underWay = [];

    public WriteAheadLog Wal => wal;

    /// <summary>What the failure policy was called with.</summary>
    public IReadOnlyList<Exception> Failures => failures;

    /// <summary>One of the threads takes a step.</summary>
    public void Step(Random random)
    {
        switch (random.Next(100))
        {
            case < 40:
                TryStart();
                break;
            case < 92:
                Finish(random);
                break;
            case < 94:
                Quiet();
                break;
            case < 95:
                Record();
                break;
            default:
                Prepare();
                break;
        }
    }

    /// <summary>A block is taken and its write begins; it stays under way until <see cref="Finish"/>.</summary>
    public bool TryStart()
    {
        if (!wal.Sequencer.TryTakeBlock(out var block))
            return false;

        Begin(block);
        return true;
    }

    /// <summary>The log has been quiet for long enough: the mark is taken and its write begins, if there is a reason for one.</summary>
    public void Quiet()
    {
        if (wal.Sequencer.TryTakeMark(out var mark))
            Begin(mark);
    }

    /// <summary>One of the writes under way returns, whichever began first.</summary>
    public bool Finish(Random random)
    {
        if (_underWay.Count == 0)
            return false;

        var index = random.Next(_underWay.Count);
        var (block, write) = _underWay[index];
        _underWay.RemoveAt(index);
        disk.Land(write);
        wal.EndWrite(block);
        return true;
    }

    /// <summary>Everything that waits is written and returns, and then the log goes quiet.</summary>
    public void Settle(Random random)
    {
        while (TryStart() || Finish(random))
        {
        }

        Quiet();
        while (Finish(random))
        {
        }

        Record();
    }

    /// <summary>The time is up in which the control slot must say how far the log is durable.</summary>
    public void Record() => wal.RecordStep();

    /// <summary>The next file is prepared, if one is wanted.</summary>
    public void Prepare() => wal.PrepareStep();

    /// <summary>The process is gone. What was under way on its disk stays so.</summary>
    public void Abandon() => _underWay.Clear();

    private void Begin(WalBlock block)
    {
        var before = disk.Held.Count;
        disk.HoldsDurableWrites = true;
        var begun = wal.BeginWrite(block);
        disk.HoldsDurableWrites = false;
        if (begun)
            _underWay.Add((block, disk.Held.Count > before ? disk.Held[^1] : 0));
    }
}
