using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Offload;
using Orleans.Log.Engine.Segments;
using Orleans.Log.Engine.Simulation.Disk;
using System.Text;

namespace Orleans.Log.Engine.Simulation.OffloadLevel;

/// <summary>
/// A node, its store, its callers, and one thread that decides from a seed what happens next: streams are written and trimmed, offloaded, swept and checkpointed; the store fails; the process dies
/// at any step; the disk is lost and the node rebuilt, while the old one may still be there. After every death everything is held against what the callers were told.
/// </summary>
internal sealed class OffloadWorld
{
    private readonly OffloadSetup _setup;
    private readonly Random _random;
    private readonly PumpContext _pump = new();
    private readonly MemoryBlobStore _blobs = new();
    private readonly OffloadSettingsOfLife _settings;
    private readonly OffloadModel[] _models;
    private readonly List<Action> _late = [];
    private readonly int _seed;
    private OffloadLife _life;
    private Task? _offloading;
    private Task? _checkpointing;

    public OffloadWorld(int seed, OffloadSetup setup)
    {
        (_seed, _setup, _random) = (seed, setup, new Random(seed));
        UInt128 nextStream = 1000;
        var nextId = 0;
        _settings = new OffloadSettingsOfLife(new StepClock(1_000_000), () => new StreamId(nextStream += 37), () => new Guid(++nextId, (short)seed, 0, new byte[8]));
        _models = [.. Enumerable.Range(0, 1 + (seed % 4)).Select(i => new OffloadModel($"s{i}"))];
        using var entered = _pump.Enter();
        _life = Begin(new SimulatedDisk { Random = new Random(seed + 1) });
    }

    public int Deaths { get; private set; }

    public int Restores { get; private set; }

    public int Rounds { get; private set; }

    public int Swept { get; private set; }

    /// <summary>Times that a write of a dead process reached the store.</summary>
    public int CameLate { get; private set; }

    /// <summary>The most root pages that were replaced at the same time.</summary>
    public int MostAtOnce { get; private set; }

    public int Results => _models.Sum(static model => model.Results);

    /// <summary>One life: some steps, and an end.</summary>
    public void Live(int steps)
    {
        using var entered = _pump.Enter();
        (_life.Store.Faults, _life.Store.Damages) = (_random.Next(3) == 0 ? 12 : 0, _random.Next(3) == 0 ? 6 : 0);
        _life.Store.Holds = _random.Next(3) != 0;
        if (_random.Next(2) == 0)
            _life.Store.DiesIn = 1 + _random.Next(_random.Next(2) == 0 ? 150 : 2_000);
        else
            _life.DiesBeforeStep = 1 + _random.Next(_random.Next(2) == 0 ? 60 : 600);

        for (var left = steps; left > 0 && !_life.Store.Dead; left--)
        {
            Step();
            _pump.Run();
            Poll();
        }

        End();
    }

    private void Step()
    {
        _settings.Clock.Move(_random.Next(3));
        switch (_random.Next(100))
        {
            case < 40:
                Append(_models[_random.Next(_models.Length)]);
                break;
            case < 44:
                Trim(_models[_random.Next(_models.Length)]);
                break;
            case < 80:
                _life.Stepper.Step(_random);
                break;
            case < 86:
                _life.Store.Land();
                break;
            case < 88:
                ComeLate();
                break;
            case < 95:
                _offloading ??= _life.Node.Store!.OffloadAllAsync();
                break;
            case < 97:
                _checkpointing ??= _life.Node.CheckpointAsync();
                break;
            default:
                if (_offloading is null)
                    Sweep();
                break;
        }
    }

    private void Append(OffloadModel model)
    {
        if (model.Pending.Count > 4)
            return;

        var (sequence, batch) = model.Next(_random, _setup.Wal.BodyScale);
        model.Pending.Add((sequence, Of(model.Stream!.AppendAsync(batch, OffloadModel.Conditions(sequence), default))));
    }

    private void Trim(OffloadModel model)
    {
        var head = _random.NextInt64(model.Tail + 1);
        model.Trim(head);
        model.Trims.Add((head, Of(model.Stream!.TrimAsync(head, default))));
    }

    private void ComeLate()
    {
        if (_late.Count == 0)
            return;

        var index = _random.Next(_late.Count);
        var write = _late[index];
        _late.RemoveAt(index);
        write();
        CameLate++;
    }

    private void Sweep()
    {
        var (faults, holds) = (_life.Store.Faults, _life.Store.Holds);
        (_life.Store.Faults, _life.Store.Holds, _life.Store.FailsNextPack) = (0, false, _random.Next(3) == 0);
        var sweep = _life.Node.Store!.SweepAsync(default);
        (_life.Store.Faults, _life.Store.Holds, _life.Store.FailsNextPack) = (faults, holds, false);
        if (sweep.IsCompletedSuccessfully)
            Swept += sweep.Result.Blobs;
        else if (sweep.Exception?.GetBaseException() is StoreRefusedException refusal)
            throw new BrokenPromiseException($"A sweep was refused: {refusal.Message}");
    }

    private void Poll()
    {
        if (_life.Store.Dead)
            return;

        if (_life.Failures.Count > 0)
            throw new BrokenPromiseException($"The node failed although no write was refused: {_life.Failures[0]}");

        foreach (var model in _models)
        {
            for (var i = 0; i < model.Pending.Count; i++)
            {
                var (sequence, call) = model.Pending[i];
                if (call.IsCompletedSuccessfully)
                    model.Appended(sequence, call.Result);
                else if (call.IsFaulted)
                    Again(model, i, sequence, call.Exception!.GetBaseException());
            }

            model.Pending.RemoveAll(static pending => pending.Call.IsCompletedSuccessfully);
            foreach (var (head, call) in model.Trims.Where(static trim => trim.Call.IsCompletedSuccessfully))
                model.Trimmed(head);

            model.Trims.RemoveAll(static trim => trim.Call.IsCompleted);
        }

        if (_offloading is { IsCompleted: true })
        {
            if (_offloading.Exception?.GetBaseException() is StoreRefusedException refusal)
                throw new BrokenPromiseException($"Offloading was refused: {refusal.Message}");

            Rounds += _offloading.IsCompletedSuccessfully ? 1 : 0;
            _offloading = null;
        }

        if (_checkpointing is { IsCompleted: true })
        {
            _checkpointing.GetAwaiter().GetResult();
            _checkpointing = null;
        }
    }

    // Refused for want of room, or because the one before it was: the same batch comes again.
    private void Again(OffloadModel model, int index, long sequence, Exception error)
    {
        if (error is not LogException { Code: LogErrorCode.Overloaded or LogErrorCode.TooManyInFlight or LogErrorCode.ProducerGap or LogErrorCode.ReadOnlyDiskFull })
            throw model.Broken($"batch {sequence} was refused: {error}");

        _life.Stepper.Prepare();
        model.Pending[index] = (sequence, Of(model.Stream!.AppendAsync(model.Batch(sequence), OffloadModel.Conditions(sequence), default)));
    }

    private void End()
    {
        if (_random.Next(6) == 0)
        {
            Lose();
            return;
        }

        Abandon(_life);
        Deaths++;
        _life = Begin(_life.Image!);
    }

    private void Abandon(OffloadLife life)
    {
        life.Store.Die();
        life.Stepper.Abandon();
        _late.AddRange(life.Store.Late);
        MostAtOnce = Math.Max(MostAtOnce, life.Store.MostUnderWay);
    }

    /// <summary>The disk is gone, or thought to be: the node is rebuilt from the store, and the old process may wake up.</summary>
    private void Lose()
    {
        var zombie = _life;
        var disk = new SimulatedDisk { Random = new Random(_seed + Restores + 100) };
        var report = Restore(disk);
        Restores++;
        (_offloading, _checkpointing) = (null, null);
        WakeUp(zombie);
        for (var i = 0; i < _models.Length; i++)
        {
            var found = report?.Streams.FirstOrDefault(stream => stream.Name == _models[i].StreamName);
            if (found is null)
                _models[i] = _models[i].Anew();
            else
                _models[i].Lose(found.Offloaded, found.Tail, Published(found.Id));
        }

        _life = Begin(disk);
    }

    private RestoreReport? Restore(SimulatedDisk disk)
    {
        var host = OffloadLife.HostOf(disk, _blobs, _settings);
        if (_random.Next(2) == 0)
        {
            // Interrupted once, anywhere.
            var left = 1 + _random.Next(80);
            if (Run(host with { OffloadProbe = _ => { if (--left == 0) throw new OperationCanceledException(); } }) is { } done)
                return done;
        }

        if (StoreOpening.ReadBinding(disk) is not null)
            throw new BrokenPromiseException("A restore that was interrupted has bound the directory.");

        return Run(host);

        RestoreReport? Run(LogNodeHost used)
        {
            try
            {
                return Task.Run(() => LogNode.RestoreAsync(_setup.Options(), used, new RestoreRequest())).GetAwaiter().GetResult();
            }
            catch (StoreRefusedException nothing) when (nothing.Problem == StoreProblem.NothingToRestore)
            {
                return null;
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }
    }

    private void WakeUp(OffloadLife zombie)
    {
        if (zombie.Store.Dead || Restores == 0)
            return;

        (zombie.Store.Faults, zombie.Store.Damages, zombie.Store.DiesIn, zombie.DiesBeforeStep) = (0, 0, 0, 0);
        foreach (var model in _models)
        {
            if (model.Stream is { } stream)
                _ = Of(stream.AppendAsync(new RecordBatch(Encoding.ASCII.GetBytes("of nobody")), default, default));
        }

        var before = Owners();
        var call = zombie.Node.Store!.OffloadAllAsync();
        for (var left = 5_000; left > 0 && !call.IsCompleted; left--)
        {
            zombie.Stepper.Step(_random);
            zombie.Store.Land();
            _pump.Run();
        }

        Abandon(zombie);
        if (!Owners().SequenceEqual(before))
            throw new BrokenPromiseException("A node that was replaced has changed a root.");
    }

    private List<(long Lsn, string Text)> Published(StreamId stream) =>
        StoreReader.RecordsAsync(_blobs, Owners().Single(root => root.Id == stream)).GetAwaiter().GetResult();

    // Its continuations run on the pump, and not on a thread of the pool as those of a task would that is made of the call itself.
    private static async Task<T> Of<T>(ValueTask<T> call) => await call;

    private List<RootEntry> Owners()
    {
        var store = StoreReader.OpenAsync(_blobs).GetAwaiter().GetResult();
        return [.. Enumerable.Range(0, RootPage.Count).SelectMany(number => store.ReadPageAsync(number, default).GetAwaiter().GetResult().Page.Entries)];
    }

    private OffloadLife Begin(SimulatedDisk disk)
    {
        (_offloading, _checkpointing) = (null, null);
        var life = new OffloadLife(disk, _blobs, _setup, _settings, _pump, _random);
        life.Stepper.Prepare();
        if (!life.Play(life.Node.AttachAsync(default)) || life.Node.Store!.Health.State != StoreState.Working)
            throw new BrokenPromiseException($"The store was not attached: {life.Node.Store!.Health.Failure}");

        foreach (var model in _models)
        {
            var known = Find(life, model);
            var ensure = Of(life.Node.EnsureAsync(model.StreamName, new StreamConfigPatch(), EnsureCondition.None, default));
            life.Play(ensure);
            var open = Of(life.Node.OpenAsync(model.StreamName, default));
            life.Play(open);
            model.Stream = open.Result;
            if (known)
                Match(life, model);

            Resend(life, model);
        }

        return life;
    }

    private static bool Find(OffloadLife life, OffloadModel model)
    {
        var list = Of(life.Node.ListAsync(model.Name, string.Empty, 1, default));
        life.Play(list);
        return list.Result.Streams is [{ } stream] && stream.Name == model.StreamName ? true
            : model.Results == 0 ? false
            : throw model.Broken("it is gone");
    }

    private void Match(OffloadLife life, OffloadModel model)
    {
        var position = life.Node.Store!.Roots!.Find(model.Stream!.Id);
        var status = model.Stream.CheckTailAsync(default).Result;
        var found = new Dictionary<long, string>();
        if (position is { } root)
        {
            // The long way, since the node keeps what it has read.
            foreach (var (lsn, text) in StoreReader.RecordsAsync(_blobs, root).GetAwaiter().GetResult())
            {
                if (lsn >= status.Head && lsn < status.Offloaded)
                    found.Add(lsn, text.TrimEnd());
            }
        }

        for (var next = Math.Max(status.Head, status.Offloaded); next < status.Tail;)
        {
            using var page = model.Stream.ReadAsync(ReadRequest.FromLsn(next), default).Result;
            foreach (var record in page.Records.Span)
            {
                if (record.Lsn != next++)
                    throw model.Broken($"record {record.Lsn} comes where {next - 1} should");

                found.Add(record.Lsn, Encoding.ASCII.GetString(record.Payload.Span).TrimEnd());
            }
        }

        model.Match(status.Head, status.Tail, found);
    }

    private static void Resend(OffloadLife life, OffloadModel model)
    {
        foreach (var (sequence, _) in model.Pending.ToList())
        {
            var place = model.PlaceOf(sequence);
            var call = Of(model.Stream!.AppendAsync(model.Batch(sequence), OffloadModel.Conditions(sequence), default));
            life.Play(call);
            var result = call.Result;
            if (result.Duplicate != place is not null || (place is { } known && known != result.Start))
                throw model.Broken($"batch {sequence}, which is {(place is null ? "not there" : $"at {place}")}, was answered with {result}");

            model.Appended(sequence, result);
        }

        model.Pending.Clear();
        model.Trims.Clear();
    }
}
