using Orleans.Log.Engine.Simulation.Disk;

namespace Orleans.Log.Engine.Simulation.WalLevel;

/// <summary>
/// A WAL that was idle for longer than the control slot takes to say so, and its end replaced, the quiet mark included: by zeros or by noise, from every
/// sector within the last MiB to the end of the log or of all files. Nothing of that is a torn write, whatever it looks like.
/// </summary>
internal sealed class TailCampaign
{
    private const int Sector = 4096;
    private const int Longest = 1024 * 1024;
    private readonly WalSetup _setup;
    private readonly CrashPoint _disk;
    private readonly WalExpectation _expected;

    // What is written, in order of place: a file and a sector in it.
    private readonly List<(string Name, int Offset)> _sectors = [];
    private readonly List<(string Name, int Offset)> _rest = [];

    public TailCampaign(int seed, WalSetup setup, long files)
    {
        _setup = setup;
        var world = new WalWorld(seed, setup);
        FaultRun.FillUntilFile(world, files);
        for (var i = 0; i < 4; i++)
        {
            world.Append(20 + (i * 2000));
            world.Append(100);
            world.Drain();
        }

        world.Settle();
        world.Stepper.Abandon();
        _disk = world.Disk.Capture();
        _expected = world.Model.Expect();
        _expected.Acknowledged.ShouldBe(_expected.Count);
        var end = world.Wal.DurableThrough;
        foreach (var name in world.Disk.Files().Select(file => file.Name).Where(name => name.EndsWith(".wal", StringComparison.Ordinal)))
        {
            var file = long.Parse(Path.GetFileNameWithoutExtension(name), System.Globalization.CultureInfo.InvariantCulture);
            for (var at = Sector; at < world.Wal.FileSize; at += Sector)
                (new Orleans.Log.Engine.Wal.WalPosition(file, (uint)at) < end ? _sectors : _rest).Add((name, at));
        }
    }

    /// <summary>Replaces the last sectors, so many at a time as the stride says.</summary>
    public void Run(int stride, SortedDictionary<string, int> outcomes)
    {
        var most = Math.Min(Longest / Sector, _sectors.Count);
        for (var count = 1; count <= most; count += count < 32 ? 1 : stride)
        {
            foreach (var kind in (string[])["zeros", "zeros to the end of the files", "noise"])
                Try(kind, count, outcomes);
        }
    }

    private void Try(string kind, int count, SortedDictionary<string, int> outcomes)
    {
        var image = _disk.Everything();
        var noise = new byte[Sector];
        if (kind == "noise")
            new Random(count).NextBytes(noise);

        foreach (var (name, at) in _sectors.TakeLast(count))
            image.Overwrite(name, at, noise);

        if (kind == "zeros to the end of the files")
            _rest.ForEach(sector => image.Overwrite(sector.Name, sector.Offset, noise));

        try
        {
            var outcome = DamageCheck.Run(image, _setup, _expected);
            var key = $"{kind} {outcome}";
            outcomes[key] = outcomes.GetValueOrDefault(key) + 1;
            if (outcome == DamageOutcome.Harmless)
                throw new BrokenPromiseException("Whatever is replaced, a start must say so.");
        }
        catch (Exception error)
        {
            throw new BrokenPromiseException($"The last {count} sectors replaced by {kind}: {error}");
        }
    }
}
