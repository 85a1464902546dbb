using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Simulation.StreamLevel;
using Orleans.Log.Engine.Simulation.WalLevel;

namespace Orleans.Log.Engine.Simulation.NodeLevel;

/// <summary>
/// A whole node, its callers, and one thread that decides from a seed what happens next: streams are created, written, trimmed, fenced, sealed and
/// deleted, checkpoints are made, the machine or the process dies. After every crash the node is compared with what its callers were told.
/// </summary>
internal sealed class NodeWorld
{
    private readonly NodeSetup _setup;
    private readonly Random _random;
    private readonly StepClock _clock = new(1_000_000);
    private readonly PumpContext _pump = new();
    private readonly NameModel[] _names = [.. new[] { "alpha", "beta", "gamma", "delta" }.Select(name => new NameModel(name))];
    private readonly List<(NameModel Name, Task<bool> Call)> _acts = [];
    private SimulatedDisk _disk;
    private NodeRun _run = null!;
    private Task? _checkpoint;
    private UInt128 _nextStream = 1000;

    public NodeWorld(int seed, NodeSetup setup)
    {
        _setup = setup;
        _random = new Random(seed);
        _disk = new SimulatedDisk { Random = new Random(seed + 1), Capacity = setup.Capacity };
        using var entered = _pump.Enter();
        _run = Start(_disk);
    }

    public SimulatedDisk Disk => _disk;

    public int Crashes { get; private set; }

    public int Results { get; private set; }

    public int Checkpoints { get; private set; }

    /// <summary>Calls refused because the disk was full.</summary>
    public int Full { get; private set; }

    public Random Random => _random;

    /// <summary>Fingerprint of the run.</summary>
    public ulong TraceHash { get; private set; } = 17;

    public void Step()
    {
        using var entered = _pump.Enter();
        _clock.Move(_random.Next(20) == 0 ? -_random.Next(1000) : _random.Next(3));
        switch (_random.Next(100))
        {
            case < 4:
                ActOnName(_names[_random.Next(_names.Length)]);
                break;
            case < 48:
                Use(_names[_random.Next(_names.Length)]);
                break;
            case < 98:
                _run.Stepper.Step(_random);
                break;
            default:
                _checkpoint ??= _run.Node.CheckpointAsync();
                break;
        }

        _pump.Run();
        Poll();
    }

    /// <summary>Lets everything that was asked for end and the log go quiet; the result is how every stream must stand.</summary>
    public IReadOnlyList<(StreamName Name, StreamState? State)> Settle()
    {
        using var entered = _pump.Enter();
        for (var left = 20_000; left > 0 && (_acts.Count > 0 || _checkpoint is not null || _names.Any(name => name.Driver is { IsIdle: false })); left--)
        {
            _run.Stepper.Step(_random);
            _pump.Run();
            Poll();
        }

        _run.Stepper.Settle(_random);
        return [.. _names.Select(name => (name.Name, name.Present?.Ordered))];
    }

    public void Crash()
    {
        using var entered = _pump.Enter();
        var expected = Expect();
        var image = _random.Next(4) == 0 ? _disk.AfterProcessDeath() : _disk.Capture().Any(_random);
        TraceHash = (TraceHash ^ _disk.TraceHash) * 1099511628211;
        _run.Stepper.Abandon();
        image.Capacity = _setup.Capacity;
        (_checkpoint, _disk) = (null, image);
        _acts.Clear();
        _run = Start(image);
        for (var i = 0; i < _names.Length; i++)
            _names[i].Restart(expected[i].Expected.Match(_run.Find(_names[i].Name), _names[i].Name.Value));

        Crashes++;
    }

    /// <summary>What a start must find of every name if the machine crashed now.</summary>
    public IReadOnlyList<(StreamName Name, NameExpectation Expected)> Expect() => [.. _names.Select(name => (name.Name, name.Expect()))];

    private NodeRun Start(SimulatedDisk disk) => new(NodeStart.Run(disk, _setup, _clock, () => new StreamId(_nextStream++)), _pump, _random);

    private void ActOnName(NameModel name)
    {
        if (name.Act != NameAct.None)
            return;

        // A stream is deleted only when it is idle: what an append that overlaps its deletion is answered is another test's subject.
        if (name.Present is null)
            Begin(name, NameAct.Create, Created(_run.Node.EnsureAsync(name.Name, new StreamConfigPatch(), new EnsureCondition(MustBeNew: true), default)));
        else if (name.Driver is null or { IsIdle: true } && _random.Next(4) == 0)
            Begin(name, NameAct.Delete, _run.Node.DeleteAsync(name.Name, default).AsTask());

        static async Task<bool> Created(ValueTask<EnsureResult> call) => (await call).Created;
    }

    private void Begin(NameModel name, NameAct act, Task<bool> call)
    {
        name.Begin(act);
        _acts.Add((name, call));
    }

    private void Use(NameModel name)
    {
        if (name.Present is null || name.Act != NameAct.None)
            return;

        name.Driver ??= new StreamDriver(_run.For(_run.Node.OpenAsync(name.Name, default)), name.Present);
        var full = name.Driver.Full;
        StreamWorkload.Do(name.Driver, _random, _setup.Wal.BodyScale);
        Full += name.Driver.Full - full;
    }

    private void Poll()
    {
        foreach (var name in _names)
        {
            var before = name.Driver?.Results ?? 0;
            name.Driver?.Poll();
            Results += (name.Driver?.Results ?? 0) - before;
        }

        for (var i = _acts.Count - 1; i >= 0; i--)
        {
            var (name, call) = _acts[i];
            if (!call.IsCompleted)
                continue;

            if (call.IsFaulted && call.Exception.GetBaseException() is LogException { Code: LogErrorCode.ReadOnlyDiskFull or LogErrorCode.Overloaded })
            {
                name.Refused();
                _acts.RemoveAt(i);
                continue;
            }

            if (!call.GetAwaiter().GetResult())
                throw new BrokenPromiseException($"{name.Act} of {name.Name} found nothing to do.");

            name.Done();
            _acts.RemoveAt(i);
        }

        if (_run.Stepper.Failures.Count > 0)
            throw new BrokenPromiseException($"The log failed although no write was refused but for want of room: {_run.Stepper.Failures[0]}");

        if (_checkpoint is { IsCompleted: true })
        {
            _checkpoint.GetAwaiter().GetResult();
            _checkpoint = null;
            Checkpoints++;
        }
    }
}
