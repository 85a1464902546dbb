using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Simulation.WalLevel;

/// <summary>
/// One run of a WAL during which the machine may crash at every single call to the disk: each moment is kept with what was promised by then, and afterwards
/// every legal disk of every moment is started and checked.
/// </summary>
internal sealed class CrashTrace
{
    private readonly WalSetup _setup;
    private readonly Random _random;
    private readonly List<(CrashPoint Disk, SimulatedDisk? Process, WalExpectation Expected)> _moments = [];

    private CrashTrace(int seed, WalSetup setup)
    {
        _setup = setup;
        _random = new Random(seed);
    }

    /// <summary>Images started and found right so far.</summary>
    public int Images { get; private set; }

    /// <summary>Moments of which every legal image was tried.</summary>
    public int Exhausted { get; private set; }

    public int Moments => _moments.Count;

    /// <param name="seed">What happens.</param>
    /// <param name="setup">How the WAL is set up.</param>
    /// <param name="steps">How much happens.</param>
    /// <param name="imagesPerMoment">All images of a moment if there are at most so many, otherwise that many of them.</param>
    public static CrashTrace Run(int seed, WalSetup setup, int steps, int imagesPerMoment)
    {
        var trace = new CrashTrace(seed, setup);
        trace.RecordFromTheStart(seed, steps);
        return trace.Check(seed, imagesPerMoment);
    }

    /// <summary>The same over a stretch in which files are given up, recycled and begun.</summary>
    public static CrashTrace RunReclaim(int seed, WalSetup setup, int steps, int imagesPerMoment)
    {
        var trace = new CrashTrace(seed, setup);
        var world = new WalWorld(seed, setup);
        FaultRun.FillUntilFile(world, 3);
        trace.Watch(world);
        trace.Step(world, world.Reclaim);
        for (var i = 0; i < steps; i++)
            trace.Step(world, world.Step);

        world.Stepper.Abandon();
        return trace.Check(seed, imagesPerMoment);
    }

    private CrashTrace Check(int seed, int imagesPerMoment)
    {
        var trace = this;
        foreach (var (crash, process, expected) in trace._moments)
        {
            trace.Exhausted += crash.States <= imagesPerMoment ? 1 : 0;
            foreach (var image in crash.Images(trace._random, imagesPerMoment))
                trace.Check(image, expected, seed);

            if (process is not null)
                trace.Check(process, expected, seed, interruptOneIn: 1);
        }

        return trace;
    }

    private void RecordFromTheStart(int seed, int steps)
    {
        var expected = new WalModel([], WalCheckpoint.None).Expect();
        var disk = new SimulatedDisk { Random = new Random(seed + 1) };
        disk.Observer = call => _moments.Add((disk.Capture(), Survivor(disk, call), expected));
        var world = new WalWorld(seed, _setup, disk);
        Watch(world);
        for (var i = 0; i < steps; i++)
            Step(world, world.Step);

        Step(world, world.Settle);
        world.Stepper.Abandon();
    }

    private void Watch(WalWorld world)
    {
        var disk = world.Disk;
        disk.Observer = call => _moments.Add((disk.Capture(), Survivor(disk, call), world.Model.Expect()));
    }

    /// <summary>An acknowledgement is no call to the disk, but from then on more is promised of the same disk.</summary>
    private void Step(WalWorld world, Action step)
    {
        var before = world.Model.Acknowledged;
        step();
        if (world.Model.Acknowledged > before)
            _moments.Add((world.Disk.Capture(), world.Disk.AfterProcessDeath(), world.Model.Expect()));
    }

    /// <summary>Only the process dies: of interest where the cache is ahead of the disk with names and lengths, not with every block.</summary>
    private static SimulatedDisk? Survivor(SimulatedDisk disk, DiskOperation call) =>
        call.Call == DiskCall.Write ? null : disk.AfterProcessDeath();

    private void Check(SimulatedDisk image, WalExpectation expected, int seed, int interruptOneIn = 16)
    {
        Images++;
        try
        {
            var nested = new List<CrashPoint>();
            if (_random.Next(interruptOneIn) == 0)
                image.Observer = _ => nested.Add(image.Capture());

            var start = WalStart.Run(image, _setup);
            start.Stepper.Abandon();
            image.Observer = null;
            expected.Check(start.Replay);
            StartAgain(image.Capture().Nothing(), start.Replay);
            foreach (var interrupted in nested.SelectMany(moment => moment.Images(_random, 3)))
            {
                Images++;
                var restart = WalStart.Run(interrupted, _setup);
                restart.Stepper.Abandon();
                expected.Check(restart.Replay);
            }
        }
        catch (Exception error) when (error is not BrokenPromiseException)
        {
            throw new BrokenPromiseException($"Trace {seed}, image {Images}: a start after a mere crash failed: {error}");
        }
    }

    /// <summary>What a start delivered is durable from then on: a crash right after it changes nothing.</summary>
    private void StartAgain(SimulatedDisk image, ReplayRecorder first)
    {
        var again = WalStart.Run(image, _setup);
        again.Stepper.Abandon();
        new WalModel(first.Items, first.Checkpoint).Expect().Check(again.Replay);
        if (again.Replay.Items.Count != first.Items.Count)
            throw new BrokenPromiseException($"The first start found {first.Items.Count} entries, the second {again.Replay.Items.Count}.");
    }
}
