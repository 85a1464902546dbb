using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Simulation.WalLevel;

namespace Orleans.Log.Engine.Simulation.NodeLevel;

/// <summary>One start of a node over a disk, stepped by the simulation.</summary>
internal sealed record NodeStart(LogNode Node, WalStepper Stepper)
{
    public static NodeStart Run(SimulatedDisk disk, NodeSetup setup, StepClock clock, Func<StreamId> newStreamId)
    {
        var failures = new List<Exception>();
        var ids = 0;
        var options = new LogNodeOptions { Wal = setup.Wal.Options(), Sabotage = setup.Sabotage };
        var host = new LogNodeHost
        {
            Disk = disk,
            Meters = UnlistedMeters.Instance,
            Time = clock,
            OnFailure = failures.Add,
            NewStreamId = newStreamId,
            NewDirectoryId = () => new Guid(++ids, 0, 0, new byte[8]),
        };
        var node = LogNode.Start(options, host);
        return new NodeStart(node, new WalStepper(disk, node.Wal, failures));
    }
}

/// <summary>How one simulated node is set up.</summary>
/// <param name="Wal">Its log.</param>
/// <param name="Sabotage">The planted defects.</param>
/// <param name="Capacity">Bytes of its disk.</param>
internal sealed record NodeSetup(WalSetup Wal, NodeSabotage Sabotage = NodeSabotage.None, long Capacity = 1L << 40);
