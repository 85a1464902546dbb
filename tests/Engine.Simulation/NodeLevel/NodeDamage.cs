using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Simulation.StreamLevel;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Simulation.NodeLevel;

/// <summary>
/// A node that went quiet, so that everything acknowledged is vouched for, and one wrong bit somewhere in its directory: in the log, a control slot or a checkpoint.
/// The node refuses to start, or every stream is whole, or it says so wherever it is not.
/// </summary>
internal sealed class NodeDamage
{
    private const int Sector = 4096;
    private readonly NodeSetup _setup;
    private readonly CrashPoint _disk;
    private readonly IReadOnlyList<(StreamName Name, StreamState? State)> _streams;
    private readonly List<(string Name, List<int> Bytes)> _files;

    public NodeDamage(int seed, NodeSetup setup, int steps)
    {
        _setup = setup;
        var world = new NodeWorld(seed, setup);
        for (var i = 0; i < steps; i++)
            world.Step();

        _streams = world.Settle();
        _disk = world.Disk.Capture();
        _files = [.. world.Disk.Files().Select(file => (file.Name, Content(world.Disk.Content(file.Name)))).Where(file => file.Item2.Count > 0)];
    }

    /// <summary>Flips so many bits, each on a disk of its own, and counts what became of them.</summary>
    public void Run(Random random, int flips, SortedDictionary<string, int> outcomes)
    {
        for (var i = 0; i < flips; i++)
        {
            var (name, bytes) = _files[random.Next(_files.Count)];
            var (at, bit) = (bytes[random.Next(bytes.Count)], random.Next(8));
            var image = _disk.Everything();
            image.FlipBit(name, at, bit);
            try
            {
                var key = $"{Kind(name)} {Outcome(image)}";
                outcomes[key] = outcomes.GetValueOrDefault(key) + 1;
            }
            catch (Exception error)
            {
                throw new BrokenPromiseException($"Bit {bit} of byte {at} of {name}: {error}");
            }
        }
    }

    /// <summary>The end of the log zeroed from many places on, up to a MiB of it, and counts what became of them.</summary>
    public void ZeroEnds(SortedDictionary<string, int> outcomes)
    {
        var (name, bytes) = _files.Last(file => file.Name.StartsWith("wal/", StringComparison.Ordinal) && file.Bytes[^1] > Sector);
        var end = (bytes[^1] + Sector - 1) / Sector * Sector;
        for (var from = end - Sector; from >= Math.Max(Sector, end - (1024 * 1024)); from -= from > end - (16 * Sector) ? Sector : 7 * Sector)
        {
            var image = _disk.Everything();
            image.Overwrite(name, from, new byte[end - from]);
            Try($"The last {end - from} bytes of {name} zeroed", "end", image, outcomes, mayBeHarmless: from == end - Sector);
        }
    }

    /// <summary>Each file of the log cut to nothing, a sector and half, and deleted.</summary>
    public void LoseFiles(SortedDictionary<string, int> outcomes)
    {
        foreach (var (name, _) in _files.Where(file => file.Name.StartsWith("wal/", StringComparison.Ordinal)))
        {
            foreach (var left in (long[])[-1, 0, Sector, 512 * 1024])
            {
                var image = _disk.Everything();
                if (left < 0)
                    image.Delete(name);
                else
                    image.Truncate(name, left);

                Try($"{name} cut to {left}", "file", image, outcomes, mayBeHarmless: false);
            }
        }
    }

    private void Try(string what, string kind, SimulatedDisk image, SortedDictionary<string, int> outcomes, bool mayBeHarmless)
    {
        try
        {
            var outcome = Outcome(image);
            if (outcome == "harmless" && !mayBeHarmless)
                throw new BrokenPromiseException("Nothing was said.");

            outcomes[$"{kind} {outcome}"] = outcomes.GetValueOrDefault($"{kind} {outcome}") + 1;
        }
        catch (Exception error)
        {
            throw new BrokenPromiseException($"{what}: {error}");
        }
    }

    private string Outcome(SimulatedDisk image)
    {
        var pump = new PumpContext();
        using var entered = pump.Enter();
        NodeStart start;
        try
        {
            start = NodeStart.Run(image, _setup, new StepClock(5_000_000), () => new StreamId(UInt128.MaxValue / 2));
        }
        catch (Exception refusal) when (refusal is DataDirectoryException or DiskException or LogException { Code: LogErrorCode.Corrupt })
        {
            return "refused";
        }

        var run = new NodeRun(start, pump, new Random(1));
        var whole = true;
        foreach (var (name, state) in _streams)
            whole &= Check(run, name, state);

        start.Stepper.Abandon();
        return whole && start.Node.Recovery.Wal.Damage.Count == 0 ? "harmless" : "reported";
    }

    /// <summary>True if the stream is whole; false if it says that it is not. Throws if it hides a loss or shows anything that was not written.</summary>
    private static bool Check(NodeRun run, StreamName name, StreamState? state)
    {
        ILogStream stream;
        try
        {
            stream = run.For(run.Node.OpenAsync(name, default));
        }
        catch (LogException error) when (error.Code is LogErrorCode.StreamNotFound or LogErrorCode.Corrupt)
        {
            if (state is not null && run.Node.Health.CatalogDamage is null)
                throw new BrokenPromiseException($"Stream {name} is gone and nothing was reported.");

            return state is null;
        }

        var health = run.Node.Health;
        if (state is null)
        {
            // Its deletion may be what was lost; then the catalog says that it is not whole.
            return health.CatalogDamage is null ? throw new BrokenPromiseException($"Stream {name} is back.") : false;
        }

        var damaged = health.DamagedStreams > 0 || health.CatalogDamage is not null;
        var position = run.For(stream.CheckTailAsync(default));
        if (position.Tail > state.Tail || position.Head > state.Head)
            throw new BrokenPromiseException($"Stream {name} stands at {position} and should at {state.Head}, {state.Tail}.");

        var whole = position.Tail == state.Tail && position.Head == state.Head && position.Sealed == state.Sealed;
        for (var lsn = state.Head; lsn < position.Tail; lsn++)
            whole &= CheckRecord(run, stream, lsn, state);

        if (!whole && !damaged)
            throw new BrokenPromiseException($"Stream {name} is not whole and the node reports nothing.");

        if (position.Tail < state.Tail)
            Should.Throw<LogException>(() => run.For(stream.AppendAsync(new RecordBatch(new byte[1]), AppendConditions.None, default)), $"{name} gives LSN {position.Tail} again");

        return whole;
    }

    private static bool CheckRecord(NodeRun run, ILogStream stream, long lsn, StreamState state)
    {
        try
        {
            using var page = run.For(stream.ReadAsync(ReadRequest.FromLsn(lsn) with { MaxRecords = 1 }, default));
            if (page.Records.Length != 1 || page.Records.Span[0].Lsn != lsn || !page.Records.Span[0].Payload.Span.SequenceEqual(state.Records[(int)lsn].Payload))
                throw new BrokenPromiseException($"LSN {lsn} of {stream.Name} reads as something else.");

            return true;
        }
        catch (LogException error) when (error.Code == LogErrorCode.Corrupt)
        {
            return false;
        }
    }

    /// <summary>Bytes that hold something, or stand beside one that does.</summary>
    private static List<int> Content(byte[] bytes) =>
        [.. Enumerable.Range(0, bytes.Length).Where(i => bytes[i] != 0 || (i > 0 && bytes[i - 1] != 0))];

    private static string Kind(string name) => name.Contains('/') ? name[..name.IndexOf('/')] : "control";
}
