using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Simulation.WalLevel;

/// <summary>How one simulated WAL is set up.</summary>
/// <param name="Sabotage">The planted defects.</param>
/// <param name="IoDepth">Most block writes in flight.</param>
/// <param name="WriteDurable">O_DIRECT|O_DSYNC, or the page cache with fdatasync.</param>
/// <param name="BodyScale">Bodies grow with it: 1 keeps everything in one file, 100 rolls files all the time.</param>
/// <param name="Tight">The budget is so small that files which are given up are deleted at once and not kept to be recycled.</param>
internal sealed record WalSetup(WalSabotage Sabotage = WalSabotage.None, int IoDepth = 3, bool WriteDurable = true, int BodyScale = 1, bool Tight = false)
{
    public WalOptions Options() => new()
    {
        FileSizeMiB = 1,
        PreparedFiles = 1,
        IoDepth = IoDepth,
        BlockBytes = 64 * 1024,
        LargestBodyBytes = 128 * 1024,
        InFlightBytes = 512 * 1024,
        CacheBytes = 256 * 1024,
        WriteDurable = WriteDurable,
        ControlReserveBytes = 256 * 1024,
        KeepFreeBytes = 1024 * 1024,
        DiskBudgetBytes = Tight ? 4 * 1024 * 1024 : long.MaxValue,
        StartThreads = false,
        Sabotage = Sabotage,
    };
}

/// <summary>
/// A WAL, its disk, a few streams and one thread that decides from a seed what happens next: which stream appends, which block is taken, which write
/// returns first, when files are prepared or reclaimed, when the machine or the process dies and what the disk looks like then.
/// </summary>
internal sealed class WalWorld
{
    private readonly WalSetup _setup;
    private readonly Random _random;
    private readonly List<TestStream> _streams = [];
    private SimulatedDisk _disk;
    private WalModel _model = null!;
    private WalStepper _stepper = null!;
    private long _checkpoints;

    public WalWorld(int seed, WalSetup setup, SimulatedDisk? disk = null)
    {
        Seed = seed;
        _setup = setup;
        _random = new Random(seed);
        _disk = disk ?? new SimulatedDisk { Random = new Random(seed + 1) };
        Start(WalStart.Run(_disk, _setup));
    }

    public int Seed { get; }

    public SimulatedDisk Disk => _disk;

    public WalModel Model => _model;

    public WalStepper Stepper => _stepper;

    public WriteAheadLog Wal => _stepper.Wal;

    public Random Random => _random;

    /// <summary>Starts survived, each of them checked.</summary>
    public int Starts { get; private set; }

    /// <summary>Fingerprint of the whole run so far.</summary>
    public ulong TraceHash { get; private set; } = 17;

    /// <summary>Something happens.</summary>
    public void Step()
    {
        switch (_random.Next(100))
        {
            case < 45:
                Append();
                break;
            case < 68:
                _stepper.TryStart();
                break;
            case < 90:
                _stepper.Finish(_random);
                break;
            case < 92:
                _stepper.Quiet();
                break;
            case < 93:
                _stepper.Record();
                break;
            case < 97:
                _stepper.Prepare();
                break;
            default:
                Reclaim();
                break;
        }
    }

    public void Append() => Append(BodyLength());

    public void Append(int bodyLength)
    {
        var stream = _streams[_random.Next(_streams.Count)];
        var body = new byte[bodyLength];
        _random.NextBytes(body);
        var type = _random.Next(8) == 0 ? WalEntryType.Trim : WalEntryType.Append;
        if (Wal.TryAdmit(body.Length, WalClass.Append) == WalAdmission.Admitted)
            stream.Append(Wal, body, type);
    }

    /// <summary>Writes everything that waits and lets it return, then lets the log go quiet.</summary>
    public void Settle()
    {
        Drain();
        _stepper.Quiet();
        Drain();
        _stepper.Record();
    }

    /// <summary>Writes everything that waits and lets it return.</summary>
    public void Drain()
    {
        while (_stepper.TryStart() || _stepper.Finish(_random))
        {
        }
    }

    public void Reclaim()
    {
        if (_model.Acknowledged == 0)
            return;

        Reclaim(_model.Items[_random.Next(_model.Acknowledged)].Position);
    }

    /// <summary>Gives up everything that was acknowledged.</summary>
    public void ReclaimAll() => Reclaim(_model.Items[_model.Acknowledged - 1].Position);

    private void Reclaim(WalPosition below)
    {
        var checkpoint = new WalCheckpoint(++_checkpoints, below, default);
        _model.Reclaiming(below, checkpoint);
        Wal.Reclaim(below, checkpoint);
        _model.Reclaimed();
    }

    /// <summary>The machine or the process dies, the disk shows one of the states that are legal then, and a start is checked against the model.</summary>
    public void Crash()
    {
        var expected = _model.Expect();
        var image = _random.Next(4) == 0 ? _disk.AfterProcessDeath() : _disk.Capture().Any(_random);
        _stepper.Abandon();
        Note(_disk.TraceHash);
        if (_random.Next(3) == 0)
            image = InterruptStart(image, expected);

        var start = WalStart.Run(image, _setup);
        expected.Check(start.Replay);
        RequireNothingBehindTail(image, start.Stepper.Wal.DurableThrough);
        _disk = image;
        Start(start);
        Starts++;
    }

    /// <summary>The process dies, and a start over this disk is checked against the model.</summary>
    public void Resume(SimulatedDisk image)
    {
        var expected = _model.Expect();
        _stepper.Abandon();
        var start = WalStart.Run(image, _setup);
        expected.Check(start.Replay);
        _disk = image;
        Start(start);
    }

    /// <summary>What a crash left behind the tail is zeroed before anything is written there, so that it can never look like a successor.</summary>
    private static void RequireNothingBehindTail(SimulatedDisk disk, WalPosition tail)
    {
        var rest = disk.Content($"wal/{tail.File:d16}.wal").AsSpan((int)tail.Offset);
        if (rest.ContainsAnyExcept((byte)0))
            throw new BrokenPromiseException($"Something is left behind the tail at {tail}.");
    }

    /// <summary>A start is itself cut short at one of its calls; the next one must still find what it must find.</summary>
    private SimulatedDisk InterruptStart(SimulatedDisk image, WalExpectation expected)
    {
        var moments = new List<CrashPoint>();
        image.Observer = _ => moments.Add(image.Capture());
        var start = WalStart.Run(image, _setup);
        start.Stepper.Abandon();
        image.Observer = null;
        expected.Check(start.Replay);
        return moments.Count == 0 ? image : moments[_random.Next(moments.Count)].Any(_random);
    }

    private void Start(WalStart start)
    {
        _stepper = start.Stepper;
        _model = new WalModel(start.Replay.Items, start.Replay.Checkpoint);
        _checkpoints = Math.Max(_checkpoints, start.Replay.Checkpoint.Sequence);
        _streams.Clear();
        for (var i = 1; i <= 4; i++)
        {
            var id = new StreamId((UInt128)i);
            var last = start.Replay.Items.FindLast(item => item.Entry.Stream == id)?.Entry.Entry ?? 0;
            _streams.Add(new TestStream(id, _model, last));
        }

        foreach (var item in start.Replay.Items)
            Note((ulong)item.Position.Value ^ (ulong)item.Body.Length);
    }

    private void Note(ulong value) => TraceHash = (TraceHash ^ value) * 1099511628211;

    private int BodyLength() => _setup.BodyScale * _random.Next(10) switch
    {
        < 2 => 0,
        < 8 => _random.Next(1, 200),
        < 9 => _random.Next(200, 500),
        _ => _random.Next(500, 1000),
    };
}
