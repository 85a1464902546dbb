using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Simulation.WalLevel;

/// <summary>Runs in which one call to the disk goes wrong.</summary>
internal static class FaultRun
{
    /// <summary>
    /// The k-th write or flush of a WAL file fails. Nothing is acknowledged from then on (streams look), later appends are refused, and a start
    /// finds everything that was acknowledged, whatever became of the rest.
    /// </summary>
    public static bool Fails(int seed, WalSetup setup, DiskCall call, DiskFault fault, int k)
    {
        var world = new WalWorld(seed, setup);
        world.Disk.Faults.Plan(call, k, fault, ".wal");
        for (var i = 0; i < 200 && world.Disk.Faults.Happened == 0; i++)
            world.Step();

        // A file that could not be prepared is no failure of the log, so there may be none: then everything goes on.
        var (failed, acknowledged) = (world.Stepper.Failures.Count > 0, world.Model.Acknowledged);
        world.Disk.Faults.Clear();
        for (var i = 0; i < 20; i++)
            world.Step();

        world.Drain();
        if (failed && world.Model.Acknowledged != acknowledged)
            throw new BrokenPromiseException($"Seed {seed}: acknowledged after {call} {k} failed.");

        if (failed && world.Wal.TryAdmit(10, WalClass.Append) != WalAdmission.Stopped)
            throw new BrokenPromiseException($"Seed {seed}: an append was admitted after {call} {k} failed.");

        world.Crash();
        return failed;
    }

    /// <summary>
    /// One write is lost, lands elsewhere, or carries a wrong bit, and the disk says nothing. Later blocks vouch for it, so a start must
    /// report what is missing.
    /// </summary>
    public static DamageOutcome? Lies(int seed, WalSetup setup, DiskFault fault, int k)
    {
        var world = new WalWorld(seed, setup);
        world.Disk.Faults.Plan(DiskCall.Write, k, fault, ".wal");
        for (var i = 0; i < 100 || world.Disk.Faults.Happened == 0; i++)
        {
            if (i > 400)
                return null;

            world.Step();
        }

        world.Disk.Faults.Clear();
        for (var i = 0; i < 2 * setup.IoDepth; i++)
        {
            world.Append(10);
            world.Drain();
        }

        world.Settle();
        world.Stepper.Abandon();
        try
        {
            return DamageCheck.Run(world.Disk.Capture().Everything(), setup, world.Model.Expect());
        }
        catch (Exception error)
        {
            throw new BrokenPromiseException($"Seed {seed}, {fault} at write {k}: {error}");
        }
    }

    /// <summary>
    /// A crash leaves a block behind a hole; the zeros that a start writes over it are lost without a word; then the log goes on, and crashes again. The
    /// block that should be gone must not be taken for a successor of the new ones.
    /// </summary>
    public static void LiesAboutTheCut(int seed, WalSetup setup)
    {
        var world = new WalWorld(seed, setup with { IoDepth = 3 });
        world.Append(30);
        world.Drain();
        for (var i = 0; i < 3; i++)
        {
            world.Append(10 + (seed % 200));
            world.Stepper.TryStart();
        }

        // All land but the first.
        foreach (var write in world.Disk.Held.Skip(1))
            world.Disk.Land(write);

        var image = world.Disk.Capture().Nothing();
        image.Faults.PlanAlways(DiskCall.Write, DiskFault.Stale, ".wal");
        world.Resume(image);
        image.Faults.Clear();
        world.Append(10 + (seed % 200));
        world.Drain();
        world.Resume(world.Disk.Capture().Everything());
    }

    /// <summary>The log goes on in a recycled file, over what is left of its earlier life, and the process dies in the middle of it.</summary>
    public static void Recycles(int seed, WalSetup setup)
    {
        var world = new WalWorld(seed, setup);
        FillUntilFile(world, 3);
        world.ReclaimAll();

        // File 4 was ready before; what was given up comes back as file 5.
        FillUntilFile(world, 5);
        for (var left = seed % 5; left > 0; left--)
        {
            world.Append(60_000);
            world.Drain();
        }

        world.Resume(world.Disk.Capture().Everything());
    }

    /// <summary>Blocks of one size, so that those of a file's lives lie over each other.</summary>
    public static void FillUntilFile(WalWorld world, long file)
    {
        while (world.Wal.End.File < file)
        {
            world.Append(60_000);
            world.Drain();
            world.Stepper.Prepare();
        }
    }
}
