using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Simulation.WalLevel;

namespace Orleans.Log.Engine.Simulation.NodeLevel;

/// <summary>
/// One run of a node, with checkpoints and reclaimed files, during which the machine may crash at every single call to the disk. Each moment is kept with what
/// callers knew by then, and afterwards legal disks of every moment are started and judged.
/// </summary>
internal static class NodeTrace
{
    /// <returns>Moments, and images that were started and found right.</returns>
    public static (int Moments, int Images) Run(int seed, NodeSetup setup, int steps, int imagesPerMoment)
    {
        var moments = new List<(CrashPoint Disk, SimulatedDisk? Process, IReadOnlyList<(StreamName Name, NameExpectation Expected)> Names)>();
        var world = new NodeWorld(seed, setup);
        world.Disk.Observer = call => moments.Add(
            (world.Disk.Capture(), call.Call == DiskCall.Write ? null : world.Disk.AfterProcessDeath(), world.Expect()));
        for (var i = 0; i < steps; i++)
            world.Step();

        world.Disk.Observer = null;
        var images = 0;
        var random = new Random(seed);
        foreach (var (disk, process, names) in moments)
        {
            var all = disk.Images(random, imagesPerMoment);
            foreach (var image in process is null ? all : all.Append(process))
            {
                images++;
                try
                {
                    NodeRun.Check(image, setup, names);
                }
                catch (Exception error)
                {
                    throw new BrokenPromiseException($"Node trace {seed}, image {images}: {error}");
                }
            }
        }

        return (moments.Count, images);
    }
}
