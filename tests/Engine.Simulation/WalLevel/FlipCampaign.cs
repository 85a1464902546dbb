using Orleans.Log.Engine.Simulation.Disk;

namespace Orleans.Log.Engine.Simulation.WalLevel;

/// <summary>
/// A small WAL that went quiet, so that everything acknowledged is vouched for, and every bit of it wrong, one at a time.
/// </summary>
internal sealed class FlipCampaign
{
    private const int Sector = 4096;
    private readonly WalSetup _setup;
    private readonly CrashPoint _disk;
    private readonly WalExpectation _expected;
    private readonly List<(string Name, int Length)> _files;

    public FlipCampaign(int seed, WalSetup setup)
    {
        _setup = setup;
        var world = new WalWorld(seed, setup);
        for (var i = 0; i < 3; i++)
        {
            world.Append(20 + (i * 40));
            world.Append(100);
            world.Drain();
        }

        world.Settle();
        world.Stepper.Abandon();
        _disk = world.Disk.Capture();
        _expected = world.Model.Expect();
        _expected.Acknowledged.ShouldBe(_expected.Count);
        _files = [.. world.Disk.Files().Select(file => (file.Name, UsedLength(world.Disk.Content(file.Name))))];
    }

    /// <summary>Bits that can be flipped: all of every control slot, and of every WAL file up to a sector behind the last byte used.</summary>
    public long Bits => _files.Sum(file => file.Length * 8L);

    /// <summary>Flips one bit in so many: of the bytes that hold something or lie near to it, and of the zeros in between.</summary>
    public SortedDictionary<string, int> Run(int contentStride, int zeroStride)
    {
        var outcomes = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var bits = _files.SelectMany(file => BitsOf(file.Name, file.Length, contentStride, zeroStride)).ToList();
        Parallel.ForEach(bits, flip =>
        {
            var key = $"{Kind(flip.Name)} {Outcome(flip.Name, flip.Bit)}";
            lock (outcomes)
                outcomes[key] = outcomes.GetValueOrDefault(key) + 1;
        });
        return outcomes;
    }

    private DamageOutcome Outcome(string name, long bit)
    {
        var image = _disk.Everything();
        image.FlipBit(name, bit / 8, (int)(bit % 8));
        try
        {
            return DamageCheck.Run(image, _setup, _expected);
        }
        catch (Exception error)
        {
            throw new BrokenPromiseException($"Bit {bit % 8} of byte {bit / 8} of {name}: {error}");
        }
    }

    private IEnumerable<(string Name, long Bit)> BitsOf(string name, int length, int contentStride, int zeroStride)
    {
        var content = _disk.Everything().Content(name);
        for (var bit = 0L; bit < length * 8L; bit++)
        {
            if (bit % (IsNearContent(content, (int)(bit / 8)) ? contentStride : zeroStride) == 0)
                yield return (name, bit);
        }
    }

    /// <summary>Is there anything within eight bytes? A zero there may well be a field.</summary>
    private static bool IsNearContent(byte[] content, int at) =>
        content.AsSpan(Math.Max(0, at - 8), Math.Min(content.Length, at + 9) - Math.Max(0, at - 8)).ContainsAnyExcept((byte)0);

    private static int UsedLength(byte[] content)
    {
        var used = content.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        return used == 0 ? 0 : Math.Min(content.Length, ((used + Sector - 1) / Sector * Sector) + Sector);
    }

    private static string Kind(string name) => name.Contains('/') ? "WAL file" : "control slot";
}
