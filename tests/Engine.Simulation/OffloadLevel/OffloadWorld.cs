using Orleans.Log.Engine.Offload;
using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Simulation.NodeLevel;
using Orleans.Log.Engine.Simulation.StreamLevel;

namespace Orleans.Log.Engine.Simulation.OffloadLevel;

/// <summary>
/// A node, its store, its callers, and one thread that decides from a seed what happens next: streams are created, written, trimmed, fenced, sealed, deleted and created anew under their names;
/// they are offloaded, asked for snapshots, cut down by their retention, swept and checkpointed; the store fails; the process dies at any step; the disk is lost and the node rebuilt, while the
/// old one may still be there. After every death everything is held against what the callers were told.
/// </summary>
internal sealed partial class OffloadWorld
{
    private readonly OffloadSetup _setup;
    private readonly OffloadSurroundings _around;
    private readonly Random _random;
    private readonly OffloadName[] _names;
    private readonly HashSet<StreamId> _gone = [];
    private readonly HashSet<OffloadHistory> _deletedNow = [];
    private readonly List<(OffloadName Name, NameAct Act, Task<StreamId?> Call)> _acts = [];
    private readonly int _seed;
    private readonly StreamConfigPatch _bound;
    private OffloadLife _life;
    private bool _atEnd;
    private Task? _offloading;
    private Action? _offloaded;
    private Task? _checkpointing;
    private Task<SweepReport>? _sweeping;
    private bool _swept;

    public OffloadWorld(int seed, OffloadSetup setup)
    {
        (_seed, _setup, _around) = (seed, setup, new OffloadSurroundings(seed));
        _random = _around.Random;
        _bound = (seed % 3) switch
        {
            0 => new StreamConfigPatch { RetentionRecords = 20 + (seed % 50) },
            1 => new StreamConfigPatch { RetentionBytes = 50_000 },
            _ => new StreamConfigPatch { RetentionAge = TimeSpan.FromMinutes(1) },
        };
        _names = [.. Enumerable.Range(0, 1 + (seed % 4)).Select(i => new OffloadName($"s{i}"))];
        using var entered = _around.Pump.Enter();
        _life = Begin(new SimulatedDisk { Random = new Random(seed + 1) }, isFirst: true);
    }

    public OffloadCounts Counts { get; } = new();

    public OffloadSurroundings Around => _around;

    /// <summary>Fingerprint of the run.</summary>
    public ulong TraceHash => _around.Store.TraceHash;

    /// <summary>One life: some steps, and an end.</summary>
    public void Live(int steps)
    {
        using var entered = _around.Pump.Enter();
        var store = _life.Store;
        (store.Faults, store.Damages, store.Delays) = (OneIn(3) ? 12 : 0, OneIn(3) ? 6 : 0, OneIn(3) ? 4 : 0);
        try
        {
            for (var left = steps; left > 0 && !store.Dead; left--)
                StepAndPoll();
        }
        catch (ProcessDiedException)
        {
            // Seen below.
        }

        if (OneIn(6))
            Lose();
        else
            Die();
    }

    private bool OneIn(int many) => _random.Next(many) == 0;

    private void StepAndPoll()
    {
        Step();
        _around.Pump.Run();
        Poll();
    }

    private void Step()
    {
        _around.Clock.Move(OneIn(300) ? 30_000 : _random.Next(3));
        var name = _names[_random.Next(_names.Length)];
        switch (_random.Next(200))
        {
            case < 6:
                ActOn(name);
                break;
            case < 80:
                Use(name);
                break;
            case < 82:
                AskForSnapshot(name);
                break;
            case < 83:
                _life.Store.Away = !_life.Store.Away && OneIn(3);
                break;
            case < 165:
                _life.Stepper.Step(_random);
                break;
            case < 175:
                _life.Store.Answer();
                break;
            case < 178:
                _around.Store.Arrive(_random);
                break;
            case < 190:
                Offload();
                break;
            case < 195:
                _checkpointing ??= _life.Node.CheckpointAsync();
                break;
            default:
                Sweep();
                break;
        }
    }

    private void ActOn(OffloadName name)
    {
        if (name.Act != NameAct.None)
            return;

        // A stream is deleted only when it is idle: what an append that overlaps its deletion is answered is another test's subject.
        if (name.Present is null)
            Create(name);
        else if (name.Driver is null or { IsIdle: true } && OneIn(3))
            Begin(name, NameAct.Delete, DeletionOf(name));
    }

    private void Create(OffloadName name) => Begin(name, NameAct.Create, Ensured(name, name == _names[0] ? _bound : new StreamConfigPatch()));

    private async Task<StreamId?> Ensured(OffloadName name, StreamConfigPatch patch) =>
        (await _life.Node.EnsureAsync(name.Name, patch, new EnsureCondition(MustBeNew: true), default)).Stream.Id;

    /// <summary>A stream is gone, and its root perhaps not yet; another one may take the name at once.</summary>
    private void Deleted(OffloadName name, bool again)
    {
        name.Deleted();
        _deletedNow.Add(name.Former[^1]);
        if (again)
            Create(name);
    }

    private async Task<StreamId?> DeletionOf(OffloadName name) =>
        await _life.Node.DeleteAsync(name.Name, default) ? null : throw new BrokenPromiseException($"There was no stream {name.Name} to delete.");

    private void Begin(OffloadName name, NameAct act, Task<StreamId?> call)
    {
        name.Begin(act);
        _acts.Add((name, act, call));
    }

    private void Use(OffloadName name)
    {
        if (name.Present is not { } present || name.Act != NameAct.None)
            return;

        name.Driver ??= new StreamDriver(_life.For(_life.Node.OpenAsync(name.Name, default)), present.Model);
        var full = name.Driver.Full;
        if (OneIn(40))
            name.Driver.Trim(_random.NextInt64(present.Model.AcknowledgedTail + 1));
        else
            StreamWorkload.Do(name.Driver, _random, _setup.Wal.BodyScale);

        Counts.Full += name.Driver.Full - full;
    }

    private void AskForSnapshot(OffloadName name)
    {
        if (name is not { Present: { } present, Driver: { } driver, Act: NameAct.None } || name.Snapshots.Count > 2)
            return;

        name.Snapshots.Add((present, present.Acknowledged, Of(driver.Stream.SnapshotAsync(default))));
    }

    private void Offload()
    {
        if (_offloading is not null)
            return;

        // What was acknowledged by now is published once this has ended well, and what was deleted by now is not any longer. That of an earlier process may come back with a write that is still on its
        // way from there, until a sweep has shut all of them out.
        var there = _names.Where(static name => name.Present is not null).Select(static name => (name, name.Present!, name.Present!.Acknowledged)).ToList();
        var gone = _names.SelectMany(name => name.Former.Where(former => _swept || _deletedNow.Contains(former)).Select(former => (name, former))).ToList();
        _offloaded = () =>
        {
            // One whose deletion has begun meanwhile is not published any more, even if the deletion is lost.
            foreach (var (_, stream, operations) in there.Where(static item => item.name.Present == item.Item2 && item.name.Act == NameAct.None))
                stream.Published(operations);

            foreach (var (name, former) in gone)
            {
                name.Forget(former);
                _gone.Add(former.Id);
            }

            RequireGone();
            Counts.Rounds++;
        };
        _offloading = _life.Node.Store!.OffloadAllAsync();
    }

    private void Sweep()
    {
        if (_sweeping is not null || _names[0] is { Present: not null, Driver: null })
            return;

        // Its place among the appends must be known, so retention does its part at once; the sweep behind it may take its time.
        var store = _life.Store;
        var (faults, delays) = (store.Faults, store.Delays);
        (store.Faults, store.Delays, store.FailsNextPack) = (0, 0, !_atEnd && OneIn(3));
        _sweeping = _life.Node.Store!.SweepAsync(default);
        (store.Faults, store.Delays) = (faults, delays);
        if (_names[0].Driver is { } bounded)
            Retain(bounded);
    }

    /// <summary>Retention may have trimmed the stream, like any caller: by whole segments, never what is not offloaded, and never more than the configuration allows.</summary>
    private void Retain(StreamDriver bounded)
    {
        var stream = (LogNodeStream)bounded.Stream;
        var (head, state) = (stream.Pipeline.Capture().Head, bounded.Model.Ordered);
        if (head <= state.Head)
            return;

        // The root may have been published by a write whose answer was lost, so that the stream does not know yet.
        var offloaded = _life.Node.Store!.Roots!.Find(stream.Id)?.Offloaded;
        if (head > offloaded)
            throw new BrokenPromiseException($"Retention trimmed stream {stream.Name} to {head}, and it is offloaded to {offloaded}.");

        var kept = state.RecordsBelow(state.Tail) - state.RecordsBelow(head);
        if (kept < stream.Entry.Config.RetentionRecords)
            throw new BrokenPromiseException($"Retention left {kept} records of stream {stream.Name}, which is to keep {stream.Entry.Config.RetentionRecords}.");

        bounded.Model.Order(new ModelTrim(head));
        Counts.Retained++;
    }

    private void Poll()
    {
        if (_life.Store.Dead)
            return;

        if (_life.Failures.Count > 0)
            throw new BrokenPromiseException($"The node failed although no write was refused: {_life.Failures[0]}");

        foreach (var name in _names)
        {
            var results = name.Driver?.Results ?? 0;
            name.Driver?.Poll();
            Counts.Results += (name.Driver?.Results ?? 0) - results;
            PollSnapshots(name);
        }

        for (var i = _acts.Count - 1; i >= 0; i--)
        {
            var (name, act, call) = _acts[i];
            if (!call.IsCompleted)
                continue;

            _acts.RemoveAt(i);
            if (call.IsFaulted && call.Exception.GetBaseException() is LogException { Code: LogErrorCode.ReadOnlyDiskFull or LogErrorCode.Overloaded })
                name.Refused();
            else if (call.GetAwaiter().GetResult() is { } id)
                name.Created(id);
            else
                Deleted(name, again: !_atEnd && OneIn(2));

            Counts.Deletions += act == NameAct.Delete ? 1 : 0;
        }

        PollWork();
    }

    private void PollSnapshots(OffloadName name)
    {
        foreach (var (of, operations, call) in name.Snapshots.Where(static snapshot => snapshot.Call.IsCompleted))
        {
            if (call.IsCompletedSuccessfully)
            {
                // Of a stream that is being deleted nothing new is published.
                if (name.Present == of && name.Act == NameAct.None)
                    of.Published(operations);

                Counts.Snapshots++;
            }
            else if (call.Exception!.GetBaseException() is not LogException { Code: LogErrorCode.StoreUnavailable or LogErrorCode.StreamNotFound })
            {
                throw new BrokenPromiseException($"A snapshot of {name.Name} was refused: {call.Exception}");
            }
        }

        name.Snapshots.RemoveAll(static snapshot => snapshot.Call.IsCompleted);
    }

    private void PollWork()
    {
        if (_offloading is { IsCompleted: true })
        {
            RequireNotRefused(_offloading, "Offloading");
            if (_offloading.IsCompletedSuccessfully)
                _offloaded!();

            _offloading = null;
        }

        if (_sweeping is { IsCompleted: true })
        {
            RequireNotRefused(_sweeping, "A sweep");
            Counts.Swept += _sweeping.IsCompletedSuccessfully ? _sweeping.Result.Blobs : 0;
            _swept |= _sweeping.IsCompletedSuccessfully;
            _sweeping = null;
        }

        if (_checkpointing is { IsCompleted: true })
        {
            _checkpointing.GetAwaiter().GetResult();
            _checkpointing = null;
        }
    }

    private static void RequireNotRefused(Task call, string what)
    {
        if (call.Exception?.GetBaseException() is { } error and not Blobs.BlobStoreException and not Segments.StoreFormatException)
            throw new BrokenPromiseException($"{what} failed for another reason than the store: {error}");
    }

    // Its continuations run on the pump, and not on a thread of the pool as those of a task would that is made of the call itself.
    private static async Task<T> Of<T>(ValueTask<T> call) => await call;
}
