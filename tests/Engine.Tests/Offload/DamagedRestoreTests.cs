using System.Buffers;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Offload;
using Orleans.Log.Engine.Segments;
using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Simulation.OffloadLevel;
using Orleans.Log.Engine.Tests.Node;
using Orleans.Log.Testing;

namespace Orleans.Log.Engine.Tests.Offload;

/// <summary>A store from which not every stream can be restored.</summary>
public sealed class DamagedRestoreTests : IAsyncDisposable
{
    private readonly MemoryBlobStore _blobs = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly NodeBench _lost;
    private readonly NodeBench _new;

    public DamagedRestoreTests()
    {
        _lost = new NodeBench { Blobs = _blobs, Time = _clock, BackgroundOffload = false };
        _new = new NodeBench { Blobs = _blobs, Time = _clock, BackgroundOffload = false };
    }

    public async ValueTask DisposeAsync()
    {
        await _lost.DisposeAsync();
        await _new.DisposeAsync();
    }

    [Fact]
    public async Task A_stream_that_cannot_be_restored_is_named_before_anything_is_changed()
    {
        await FillAsync("whole", "damaged");
        var root = await TakeAwayAsync("damaged");

        var refused = await Should.ThrowAsync<StoreRefusedException>(() => RestoreAsync(leaveOut: false));

        refused.Problem.ShouldBe(StoreProblem.Damaged);
        refused.Streams.Single().ShouldSatisfyAllConditions(
            stream => stream.Name.Value.ShouldBe("damaged"),
            stream => stream.Id.ShouldBe(root.Root.Id),
            stream => (stream.Head, stream.Offloaded).ShouldBe((0, 1)),
            stream => stream.Blob.ShouldBe(root.Root.Snapshot.Blob.Pack.Value));
        refused.Message.ShouldContain("damaged (");
        await (await _lost.OpenAsync("whole")).Append("the old node goes on");
        await _lost.Node.Store!.OffloadAllAsync();

        await BringBackAsync(root);
        (await RestoreAsync(leaveOut: false)).Streams.Count.ShouldBe(2, "The same command goes on.");
    }

    [Fact]
    public async Task At_an_order_the_others_are_restored_and_the_one_stays_as_it_is_until_its_blob_is_back()
    {
        await FillAsync("whole", "damaged");
        var root = await TakeAwayAsync("damaged");

        var report = await RestoreAsync(leaveOut: true);

        report.Streams.Single().Name.Value.ShouldBe("whole");
        report.LeftOut.Single().Name.Value.ShouldBe("damaged");
        await _new.StartAsync();
        await (await _new.OpenAsync("whole")).Append("1");
        await _new.Node.Store!.OffloadAllAsync();
        (await StoreReader.RootAsync(_blobs, "damaged")).ShouldBe(root.Root, "Nobody has touched it.");
        await Should.ThrowAsync<StoreFormatException>(() => _new.Node.Store.SweepAsync(CancellationToken.None));

        await BringBackAsync(root);
        _new.Disk = new SimulatedDisk();
        report = await RestoreAsync(leaveOut: false);

        report.Streams.Select(static stream => stream.Name.Value).ShouldBe(["damaged", "whole"]);
        await _new.StartAsync();
        using var page = await (await _new.OpenAsync("damaged")).ReadAsync(ReadRequest.FromLsn(0), CancellationToken.None);
        page.Records.Length.ShouldBe(1);
    }

    /// <summary>Its root would otherwise come to belong to a directory that does not have the stream, and would be taken for one that was deleted.</summary>
    [Fact]
    public async Task A_directory_that_was_built_without_a_stream_does_not_take_it_later()
    {
        await FillAsync("whole", "damaged");
        var root = await TakeAwayAsync("damaged");
        _new.OffloadProbe = static stage =>
        {
            if (stage == OffloadStage.Bind)
                throw new OperationCanceledException("killed");
        };
        await Should.ThrowAsync<OperationCanceledException>(() => RestoreAsync(leaveOut: true));
        (_new.OffloadProbe, _new.Disk) = (null, _new.Disk.AfterProcessDeath());
        await BringBackAsync(root);

        (await Should.ThrowAsync<StoreRefusedException>(() => RestoreAsync(leaveOut: false))).Streams.Single().Name.Value.ShouldBe("damaged");
        (await RestoreAsync(leaveOut: true)).LeftOut.Single().Name.Value.ShouldBe("damaged");

        await _new.StartAsync();
        await _new.Node.Store!.OffloadAllAsync();
        (await StoreReader.RootAsync(_blobs, "damaged")).ShouldBe(root.Root);
    }

    [Fact]
    public async Task A_stream_whose_name_was_given_away_meanwhile_is_left_out_and_not_mixed_up_with_the_other()
    {
        await FillAsync("whole", "twice");
        var root = await TakeAwayAsync("twice");
        await RestoreAsync(leaveOut: true);
        await _new.StartAsync();
        var another = await _new.CreateAsync("twice");
        await another.Append("of the other");
        await _new.Node.Store!.OffloadAllAsync();
        await BringBackAsync(root);
        _new.Disk = new SimulatedDisk();

        var report = await RestoreAsync(leaveOut: true);

        report.Streams.Single(static stream => stream.Name.Value == "twice").Id.ShouldBe(another.Id);
        report.LeftOut.Single().Id.ShouldBe(root.Root.Id);
    }

    [Fact]
    public async Task How_far_it_is_is_told()
    {
        await FillAsync("a", "b", "c");
        var told = new List<RestoreProgress>();

        await LogNode.RestoreAsync(_new.Options, _new.Host(), new RestoreRequest(Progress: new Told(told)));

        told.Where(static progress => progress.Phase == "snapshots").ShouldBe([new("snapshots", 1, 3), new("snapshots", 2, 3), new("snapshots", 3, 3)]);
        told.Where(static progress => progress.Phase == "roots").Select(static progress => progress.Done).ShouldBe(Enumerable.Range(1, RootPage.Count));
    }

    /// <summary>Streams with one record each, each with a pack of its own.</summary>
    private async Task FillAsync(params string[] names)
    {
        await _lost.StartAsync();
        foreach (var name in names)
        {
            await (await _lost.CreateAsync(name)).Append("0");
            await _lost.Node.Store!.OffloadAllAsync();
        }
    }

    private async Task<(RootEntry Root, byte[] Pack)> TakeAwayAsync(string name)
    {
        var root = (await StoreReader.RootAsync(_blobs, name)).ShouldNotBeNull();
        var pack = new byte[(await _blobs.HeadAsync(root.Snapshot.Blob.Pack)).ShouldNotBeNull().Length];
        await _blobs.ReadAsync(root.Snapshot.Blob.Pack, 0, pack);
        await _blobs.DeleteAsync(root.Snapshot.Blob.Pack);
        return (root, pack);
    }

    private async Task BringBackAsync((RootEntry Root, byte[] Pack) taken) =>
        await _blobs.PutIfAbsentAsync(taken.Root.Snapshot.Blob.Pack, new ReadOnlySequence<byte>(taken.Pack));

    private Task<RestoreReport> RestoreAsync(bool leaveOut) => LogNode.RestoreAsync(_new.Options, _new.Host(), new RestoreRequest(LeaveOutDamaged: leaveOut));

    private sealed class Told(List<RestoreProgress> told) : IProgress<RestoreProgress>
    {
        public void Report(RestoreProgress value) => told.Add(value);
    }
}
