using System.Text;
using Orleans.Log.Engine.Offload;
using Orleans.Log.Engine.Segments;
using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Simulation.StreamLevel;

namespace Orleans.Log.Engine.Simulation.OffloadLevel;

/// <content>How processes and disks end, what comes after them, and how that is judged.</content>
internal sealed partial class OffloadWorld
{
    private void Die()
    {
        _life.Store.Die();
        _life.Stepper.Abandon();
        Counts.Deaths++;
        _life = Begin(_life.Process.Image!, isFirst: false);
    }

    /// <summary>The disk is gone, or thought to be: the node is rebuilt from the store, and the old process may wake up.</summary>
    private void Lose()
    {
        var zombie = _life;
        Counts.Restores++;
        var (disk, isRebuilt) = Restore(zombie);
        if (isRebuilt)
            WakeUp(zombie);
        else
            Abandon();

        zombie.Store.Die();
        zombie.Stepper.Abandon();
        _life = Begin(disk, isFirst: false, isRebuilt ? Rebuilt() : []);
    }

    /// <summary>Nothing was published, so nobody goes on with the lost node's streams, and nobody ever sweeps what it left: only somebody who knows that it will not come back may do that.</summary>
    private void Abandon()
    {
        _around.Store.UnderWay.Clear();
        foreach (var prefix in new[] { "segments/", "snapshots/" })
        {
            foreach (var blob in Done(_around.Store.Blobs.ListAsync(prefix).AsTask()).Blobs)
                Done(_around.Store.Blobs.DeleteAsync(blob.Name).AsTask());
        }
    }

    /// <summary>Starts processes until one has lived long enough to be looked at.</summary>
    private OffloadLife Begin(SimulatedDisk disk, bool isFirst, IReadOnlyList<RestoredStream>? rebuilt = null)
    {
        while (true)
        {
            (_offloading, _checkpointing, _sweeping, _swept) = (null, null, null, false);
            _deletedNow.Clear();
            var life = new OffloadLife(disk, _setup, _around, isFirst ? DeathPlan.OfFirstLife(_seed, _random) : DeathPlan.OfLife(_random));
            if (Attach(life))
            {
                life.Process.IsSpared = true;
                Judge(life, rebuilt);
                life.Process.IsSpared = false;
                return life;
            }

            Counts.Deaths++;
            life.Stepper.Abandon();
            (disk, isFirst) = (life.Process.Image!, false);
        }
    }

    private bool Attach(OffloadLife life)
    {
        var store = life.Store;
        (store.Faults, store.Damages, store.Delays) = (OneIn(3) ? 100 : 0, OneIn(3) ? 6 : 0, OneIn(3) ? 10 : 0);
        life.Stepper.Prepare();
        for (var left = 20; left > 0 && !store.Dead; left--)
        {
            store.Faults = left > 5 ? store.Faults : 0;
            var call = life.Node.AttachAsync(default);
            if (!life.Play(call))
                return false;

            call.GetAwaiter().GetResult();
            if (life.Node.Store!.Health.State == StoreState.Working)
            {
                (store.Faults, store.Damages, store.Delays) = (0, 0, 0);
                return true;
            }
        }

        return store.Dead ? false : throw new BrokenPromiseException($"The store was not attached: {life.Node.Store!.Health.Failure}");
    }

    /// <summary>Holds what a start, or a rebuilt disk, gives back against what callers were told.</summary>
    private void Judge(OffloadLife life, IReadOnlyList<RestoredStream>? rebuilt)
    {
        _acts.Clear();
        RequireGone();
        foreach (var name in _names)
        {
            var page = life.For(life.Node.ListAsync(name.Name.Value, string.Empty, 1, default));
            StreamId? id = page.Streams is [{ } found] && found.Name == name.Name ? found.Id : null;
            var sight = id is null ? null : Look(life, life.For(life.Node.OpenAsync(name.Name, default)));
            if (rebuilt is null)
                name.Restart(id, sight);
            else if (rebuilt.FirstOrDefault(stream => stream.Name == name.Name) is var report && report?.Id == id)
                name.Rebuild(report, sight);
            else
                throw new BrokenPromiseException($"Stream {name.Name} is {id} and not {report?.Id}, as the store says.");
        }
    }

    /// <summary>What is offloaded is read the long way, since the node keeps what it has read.</summary>
    private StreamSight Look(OffloadLife life, ILogStream stream) => StreamSight.Of(
        stream,
        life,
        life.Node.Store!.Roots!.Find(stream.Id) is { } root
            ? Done(StoreReader.ContentsAsync(_around.Store.Blobs, root)).Select(static item => (item.Lsn, new ModelRecord(item.Payload, item.Header, item.Timestamp)))
            : []);

    /// <summary>A deleted stream whose root has gone does not come back.</summary>
    private void RequireGone()
    {
        if (Roots().Find(root => _gone.Contains(root.Id)) is { } back)
            throw new BrokenPromiseException($"Stream {back.Name}, which was deleted, is published again.");
    }

    private (SimulatedDisk Disk, bool IsRebuilt) Restore(OffloadLife zombie)
    {
        var disk = new SimulatedDisk { Random = new Random(_seed + Counts.Restores + 100) };
        for (var left = 20; left > 0; left--)
        {
            var process = new OffloadProcess(disk, _around, left <= 5 || OneIn(4) ? DeathPlan.None : DeathPlan.OfRestore(_random));
            (process.Store.Faults, process.Store.Damages) = (left > 5 && OneIn(3) ? 80 : 0, left > 5 && OneIn(3) ? 6 : 0);
            process.Probe = _ =>
            {
                if (OneIn(8))
                    _around.Store.Arrive(_random);
                else if (OneIn(8))
                    zombie.Store.Answer();
            };
            switch (Restore(process))
            {
                case true:
                    return (disk, true);
                case false:
                    return (disk, false);
            }

            if (!process.Store.Dead)
                continue;

            Counts.Deaths++;
            disk = process.Image!;
            if (StoreOpening.ReadBinding(disk) is not null)
                return (disk, true);
        }

        throw new BrokenPromiseException("A restore does not end well although the store does what it is asked.");
    }

    /// <summary>True: done; false: there is nothing to restore; null: it failed, or the process died.</summary>
    private bool? Restore(OffloadProcess process)
    {
        try
        {
            var report = Done(Task.Run(() => LogNode.RestoreAsync(_setup.Options(), process.Host, new RestoreRequest())));
            if (process.Store.Dead)
                return null;

            return report.Streams.SequenceEqual(Rebuilt()) ? true : throw new BrokenPromiseException("The report of a restore is not what is in the store.");
        }
        catch (StoreRefusedException nothing) when (nothing.Problem == StoreProblem.NothingToRestore)
        {
            return false;
        }
        catch (Exception error) when (process.Store.Dead || error is Blobs.BlobStoreException)
        {
            return null;
        }
    }

    /// <summary>What a restore must have reported, if every stream in the store was just rebuilt.</summary>
    private List<RestoredStream> Rebuilt()
    {
        var store = Done(StoreReader.OpenAsync(_around.Store.Blobs));
        return [.. Roots().Select(root => RestoredState.Report(Done(store.ReadSnapshotAsync(root, default)))).OrderBy(static stream => stream.Name)];
    }

    private void WakeUp(OffloadLife zombie)
    {
        if (zombie.Store.Dead)
            return;

        var store = zombie.Store;
        (zombie.Process.IsSpared, store.Faults, store.Damages, store.Delays, store.Away) = (true, 0, 0, 0, false);
        foreach (var name in _names)
        {
            if (name.Driver?.Stream is { } stream)
                _ = Of(stream.AppendAsync(new RecordBatch(Encoding.ASCII.GetBytes("of nobody")), default, default));
        }

        var before = Roots();
        var calls = Task.WhenAll(zombie.Node.Store!.OffloadAllAsync(), zombie.Node.Store.SweepAsync(default));
        for (var left = 5_000; left > 0 && !calls.IsCompleted; left--)
        {
            zombie.Stepper.Step(_random);
            store.Answer();
            _around.Pump.Run();
        }

        if (!Roots().SequenceEqual(before))
            throw new BrokenPromiseException("A node that was replaced has changed a root.");
    }

    private List<RootEntry> Roots()
    {
        var store = Done(StoreReader.OpenAsync(_around.Store.Blobs));
        return [.. Enumerable.Range(0, RootPage.Count).SelectMany(number => Done(store.ReadPageAsync(number, default)).Page.Entries)];
    }

    // Nothing that is complete at once, or runs elsewhere, needs the pump.
    private static T Done<T>(Task<T> call) => call.GetAwaiter().GetResult();
}
