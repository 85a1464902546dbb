namespace Orleans.Log.Engine.Simulation.Disk;

/// <summary>
/// A moment at which the machine may crash: yields the disks that the next start may find. Each sector, length and directory change that
/// no flush covers goes its own way.
/// </summary>
internal sealed class CrashPoint
{
    /// <summary>Up to this many states (12 sectors of two versions) are enumerated whole.</summary>
    public const int Exhaustive = 4096;

    private readonly DirectoryTree _tree;
    private readonly List<CrashChoice> _choices;

    internal CrashPoint(DirectoryTree tree)
    {
        _tree = tree;
        _choices = [.. _tree.Choices(), .. _tree.Inodes().SelectMany(inode => inode.Choices())];
        States = _choices.Aggregate(1L, (product, choice) => product > int.MaxValue ? product : product * choice.Outcomes);
    }

    /// <summary>How many states there are (cut off at some number beyond 2^31).</summary>
    public long States { get; }

    /// <summary>Nothing that was not flushed arrived.</summary>
    public SimulatedDisk Nothing() => Image(_ => 0);

    /// <summary>Everything arrived.</summary>
    public SimulatedDisk Everything() => Image(choice => choice.Outcomes - 1);

    /// <summary>
    /// All states if there are at most <paramref name="limit"/> (itself at most <see cref="Exhaustive"/>), otherwise that many: nothing, everything, one
    /// missing, one alone, everything before or after a point, and the rest at random.
    /// </summary>
    public IEnumerable<SimulatedDisk> Images(Random random, int limit = Exhaustive) =>
        States <= Math.Min(limit, Exhaustive) ? All() : Sample(random, limit);

    /// <summary>One of the states, by seed.</summary>
    public SimulatedDisk Any(Random random)
    {
        foreach (var image in Images(random, 2 + random.Next(8)).Skip(random.Next(2)))
        {
            if (random.Next(3) == 0)
                return image;
        }

        return Everything();
    }

    private IEnumerable<SimulatedDisk> All()
    {
        var outcomes = new int[_choices.Count];
        for (long state = 0; state < States; state++)
        {
            var rest = state;
            for (var i = 0; i < outcomes.Length; i++)
                (rest, outcomes[i]) = ((rest / _choices[i].Outcomes), (int)(rest % _choices[i].Outcomes));

            yield return Image(outcomes);
        }
    }

    private IEnumerable<SimulatedDisk> Sample(Random random, int limit)
    {
        yield return Nothing();
        for (var i = 1; i < limit - 1; i++)
            yield return Image(Outcomes(random));

        if (limit > 1)
            yield return Everything();
    }

    private int[] Outcomes(Random random)
    {
        var outcomes = new int[_choices.Count];
        var pivot = random.Next(_choices.Count);
        var shape = random.Next(6);
        for (var i = 0; i < outcomes.Length; i++)
        {
            var (some, all) = (random.Next(_choices[i].Outcomes), _choices[i].Outcomes - 1);
            outcomes[i] = shape switch
            {
                0 => i == pivot ? 0 : all,
                1 => i == pivot ? all : 0,
                2 => i < pivot ? all : 0,
                3 => i < pivot ? 0 : all,
                4 => some,
                _ => random.Next(8) == 0 ? some : all,
            };
        }

        return outcomes;
    }

    private SimulatedDisk Image(Func<CrashChoice, int> outcome) => Image([.. _choices.Select(outcome)]);

    private SimulatedDisk Image(int[] outcomes)
    {
        var changes = new HashSet<int>();
        var sectors = new Dictionary<Inode, List<(CrashChoice, int)>>();
        for (var i = 0; i < outcomes.Length; i++)
        {
            if (_choices[i].Inode is { } inode)
                (sectors.TryGetValue(inode, out var list) ? list : sectors[inode] = []).Add((_choices[i], outcomes[i]));
            else if (outcomes[i] == 1)
                changes.Add(_choices[i].Sector);
        }

        return SimulatedDisk.Over(_tree.Crashed(changes.Contains, inode => inode.Crashed(sectors.GetValueOrDefault(inode) ?? [])));
    }
}
