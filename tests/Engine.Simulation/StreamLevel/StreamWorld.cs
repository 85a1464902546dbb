using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Simulation.WalLevel;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Simulation.StreamLevel;

/// <summary>
/// A few streams over one WAL, their callers, and one thread that decides from a seed what happens next. After every crash all streams are
/// compared with what their callers asked for and were told.
/// </summary>
internal sealed class StreamWorld : IWaiter
{
    private const int StreamCount = 3;
    private readonly WalSetup _setup;
    private readonly Random _random;
    private readonly PumpContext _pump = new();
    private readonly StepClock _clock = new(1_000_000);
    private readonly Dictionary<long, IReadOnlyList<StreamCheckpoint>> _checkpoints = [];
    private readonly StreamModel[] _models = [.. Enumerable.Range(0, StreamCount).Select(_ => new StreamModel())];
    private readonly List<StreamDriver> _drivers = [];
    private SimulatedDisk _disk;
    private WalStepper _stepper = null!;
    private long _sequence;

    public StreamWorld(int seed, WalSetup setup)
    {
        _setup = setup;
        _random = new Random(seed);
        _disk = new SimulatedDisk { Random = new Random(seed + 1) };
        using var entered = _pump.Enter();
        Open(Start(_disk));
    }

    /// <summary>Crashes survived.</summary>
    public int Crashes { get; private set; }

    /// <summary>Right results and right refusals.</summary>
    public (int Results, int Refusals) Answers { get; private set; }

    public Random Random => _random;

    /// <summary>Fingerprint of the run.</summary>
    public ulong TraceHash { get; private set; } = 17;

    public void Step()
    {
        using var entered = _pump.Enter();
        _clock.Move(_random.Next(20) == 0 ? -_random.Next(1000) : _random.Next(3));
        switch (_random.Next(100))
        {
            case < 45:
                StreamWorkload.Do(_drivers[_random.Next(StreamCount)], _random, _setup.BodyScale);
                break;
            case < 97:
                _stepper.Step(_random);
                break;
            default:
                Checkpoint();
                break;
        }

        Poll();
    }

    /// <inheritdoc/>
    public T For<T>(ValueTask<T> call)
    {
        for (var left = 10_000; !call.IsCompleted && left > 0; left--)
        {
            _stepper.Step(_random);
            _pump.Run();
        }

        return call.IsCompleted ? call.GetAwaiter().GetResult() : throw new BrokenPromiseException("A call does not end although the WAL goes on.");
    }

    public void Crash()
    {
        using var entered = _pump.Enter();
        var expected = _models.Select(model => model.Expect()).ToList();
        var image = _random.Next(4) == 0 ? _disk.AfterProcessDeath() : _disk.Capture().Any(_random);
        TraceHash = (TraceHash ^ _disk.TraceHash) * 1099511628211;
        _stepper.Abandon();
        Count();
        Open(Start(image));
        _disk = image;
        for (var i = 0; i < StreamCount; i++)
            _models[i].Restart(expected[i].Match(StreamSight.Of(_drivers[i].Stream, this), $"{i + 1}"));

        Crashes++;
    }

    private StreamStart Start(SimulatedDisk disk) => StreamStart.Run(disk, _setup, StreamCount, _clock, _checkpoints);

    private void Open(StreamStart start)
    {
        _stepper = start.Stepper;
        _drivers.Clear();
        for (var i = 0; i < StreamCount; i++)
        {
            For(Opened(start.Streams[i].Pipeline.OpenAsync(CancellationToken.None)));
            _drivers.Add(new StreamDriver(start.Streams[i], _models[i]));
        }

        static async ValueTask<bool> Opened(ValueTask call)
        {
            await call;
            return true;
        }
    }

    private void Poll()
    {
        foreach (var driver in _drivers)
            driver.Poll();
    }

    /// <summary>Captures every stream, waits until all of it is durable, names it in the control slot and gives up what is not needed.</summary>
    private void Checkpoint()
    {
        var states = _drivers.Select(driver => ((PipelineStream)driver.Stream).Pipeline.Capture()).ToList();
        var end = states.Max(state => state.AsOf);
        for (var left = 10_000; _stepper.Wal.DurableThrough < end && left > 0; left--)
            _stepper.Step(_random);

        _checkpoints.Add(++_sequence, states);
        var oldest = states.Min(state => state.AsOf);
        var below = states.Select(state => state.OldestLive ?? state.AsOf).Append(oldest).Min();
        _stepper.Wal.Reclaim(below, new WalCheckpoint(_sequence, oldest, default));
    }

    private void Count()
    {
        foreach (var driver in _drivers)
            Answers = (Answers.Results + driver.Results, Answers.Refusals + driver.Refusals);
    }
}
