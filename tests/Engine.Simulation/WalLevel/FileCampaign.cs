using Orleans.Log.Engine.Simulation.Disk;

namespace Orleans.Log.Engine.Simulation.WalLevel;

/// <summary>
/// A WAL over several files whose process died, and every WAL file cut to every length that matters, and every subset of them deleted. Nothing that was
/// acknowledged may go without a word, idle before or not: what a crash may leave of a file is a file of full size.
/// </summary>
internal sealed class FileCampaign
{
    private const int Sector = 4096;
    private readonly WalSetup _setup;
    private readonly CrashPoint _disk;
    private readonly WalExpectation _expected;
    private readonly List<(string Name, long Length)> _files;

    /// <param name="seed">What is written.</param>
    /// <param name="setup">How the WAL is set up.</param>
    /// <param name="files">Files that are begun.</param>
    /// <param name="reclaims">The first files are given up before the last one is begun.</param>
    public FileCampaign(int seed, WalSetup setup, long files, bool reclaims)
    {
        _setup = setup;
        var world = new WalWorld(seed, setup);
        world.Append(50);
        world.Drain();
        FaultRun.FillUntilFile(world, files);
        if (reclaims)
        {
            world.ReclaimAll();
            FaultRun.FillUntilFile(world, files + 2);
        }

        world.Stepper.Abandon();
        _disk = world.Disk.Capture();
        _expected = world.Model.Expect();

        // Files that were given up and wait to be recycled are nobody's.
        var first = $"wal/{world.Wal.Head.File:d16}.wal";
        _files = [.. world.Disk.Files().Where(file => file.Name.EndsWith(".wal", StringComparison.Ordinal) && string.CompareOrdinal(file.Name, first) >= 0)];
    }

    /// <summary>Every file cut to nothing, to its header, to half, and to all but a sector.</summary>
    public void Cut(SortedDictionary<string, int> outcomes)
    {
        foreach (var (name, length) in _files)
        {
            foreach (var left in (long[])[0, Sector, length / 2, length - Sector])
                Try($"cut to {left}", image => image.Truncate(name, left), outcomes, "Cut");
        }
    }

    /// <summary>Every subset of the files deleted.</summary>
    public void Delete(SortedDictionary<string, int> outcomes)
    {
        for (var subset = 1; subset < 1 << _files.Count; subset++)
        {
            var gone = _files.Where((_, i) => (subset & (1 << i)) != 0).Select(file => file.Name).ToList();
            Try($"deleted {string.Join(", ", gone)}", image => gone.ForEach(image.Delete), outcomes, "Deleted");
        }
    }

    private void Try(string what, Action<SimulatedDisk> damage, SortedDictionary<string, int> outcomes, string kind)
    {
        var image = _disk.Everything();
        damage(image);
        var before = image.Files();
        try
        {
            var outcome = DamageCheck.Run(image, _setup, _expected);
            if (outcome != DamageOutcome.Refused)
                throw new BrokenPromiseException($"A damaged file is {outcome}.");

            if (!image.Files().SequenceEqual(before))
                throw new BrokenPromiseException("The refusal changed the directory.");

            var key = $"{kind} {outcome}";
            outcomes[key] = outcomes.GetValueOrDefault(key) + 1;
        }
        catch (Exception error)
        {
            throw new BrokenPromiseException($"{what}: {error}");
        }
    }
}
