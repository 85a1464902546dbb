using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Pipeline;
using Orleans.Log.Engine.Replication;
using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Simulation.WalLevel;

namespace Orleans.Log.Engine.Simulation.StreamLevel;

/// <summary>One start of a few streams over a WAL: recovered, from a checkpoint if there is one, and not yet opened.</summary>
internal sealed class StreamStart
{
    private StreamStart(WalStepper stepper, IReadOnlyList<PipelineStream> streams) => (Stepper, Streams) = (stepper, streams);

    public WalStepper Stepper { get; }

    public IReadOnlyList<PipelineStream> Streams { get; }

    /// <param name="disk">The disk.</param>
    /// <param name="setup">How the WAL is set up.</param>
    /// <param name="count">How many streams there are.</param>
    /// <param name="clock">The node's clock.</param>
    /// <param name="checkpoints">The checkpoints taken so far, by sequence; the WAL says which one counts.</param>
    public static StreamStart Run(
        SimulatedDisk disk, WalSetup setup, int count, StepClock clock, IReadOnlyDictionary<long, IReadOnlyList<StreamCheckpoint>> checkpoints)
    {
        var start = WalStart.Run(disk, setup);
        var wal = start.Stepper.Wal;
        var node = new StreamNode(new ReplicaId(wal.NodeId, wal.WalId), wal, clock, new StreamBounds());
        var streams = new List<PipelineStream>();
        for (var i = 1; i <= count; i++)
        {
            var pipeline = new StreamPipeline(new StreamId((UInt128)i), StreamConfig.Default, node);
            if (checkpoints.TryGetValue(start.Replay.Checkpoint.Sequence, out var states))
                pipeline.Restore(states[i - 1]);

            foreach (var item in start.Replay.Items.Where(item => item.Entry.Stream == pipeline.Id))
                pipeline.Replay(item.Position, item.Entry, item.Body);

            pipeline.CompleteRecovery();
            streams.Add(new PipelineStream(pipeline));
        }

        return new StreamStart(start.Stepper, streams);
    }
}
