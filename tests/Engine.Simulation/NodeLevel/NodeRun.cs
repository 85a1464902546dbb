using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Simulation.StreamLevel;
using Orleans.Log.Engine.Simulation.WalLevel;

namespace Orleans.Log.Engine.Simulation.NodeLevel;

/// <summary>A started node whose threads are played by the caller.</summary>
internal sealed class NodeRun(NodeStart start, PumpContext pump, Random random) : IWaiter
{
    public LogNode Node => start.Node;

    public WalStepper Stepper => start.Stepper;

    /// <inheritdoc/>
    public T For<T>(ValueTask<T> call)
    {
        for (var left = 20_000; !call.IsCompleted && left > 0; left--)
        {
            Stepper.Step(random);
            pump.Run();
        }

        return call.IsCompleted ? call.GetAwaiter().GetResult() : throw new BrokenPromiseException("A call does not end although the WAL goes on.");
    }

    /// <summary>What can be seen of the stream of a name, and its term, or null if there is none.</summary>
    public StreamSight? Find(StreamName name)
    {
        var page = For(Node.ListAsync(name.Value, string.Empty, 1, default));
        return page.Streams.Count == 0 ? null : StreamSight.Of(For(Node.OpenAsync(name, default)), this);
    }

    /// <summary>Starts a node over a disk and holds every name against what is expected of it.</summary>
    public static void Check(SimulatedDisk disk, NodeSetup setup, IReadOnlyList<(StreamName Name, NameExpectation Expected)> names)
    {
        var pump = new PumpContext();
        using var entered = pump.Enter();
        var next = UInt128.MaxValue / 2;
        var run = new NodeRun(NodeStart.Run(disk, setup, new StepClock(5_000_000), () => new StreamId(next++)), pump, new Random(1));
        foreach (var (name, expected) in names)
            expected.Match(run.Find(name), name.Value);

        run.Stepper.Abandon();
    }
}
