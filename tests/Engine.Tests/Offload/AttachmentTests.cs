using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Inspection;
using Orleans.Log.Engine.Segments;
using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Simulation.OffloadLevel;
using Orleans.Log.Engine.Tests.Node;
using Orleans.Log.Engine.Wal;
using Orleans.Log.Testing;

namespace Orleans.Log.Engine.Tests.Offload;

public sealed class AttachmentTests : IAsyncDisposable
{
    private readonly MemoryBlobStore _blobs = new();
    private readonly NodeBench _bench;

    public AttachmentTests() => _bench = new NodeBench { Blobs = _blobs, Time = new ManualTimeProvider(), BackgroundOffload = false };

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task An_empty_directory_whose_node_had_streams_is_not_served()
    {
        await OffloadAsync();
        _bench.Disk = new SimulatedDisk();

        (await RefusedAsync()).ShouldBe(StoreProblem.NeedsRestore);
        _bench.Disk.List(string.Empty).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_old_copy_of_the_directory_is_not_served()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        await stream.Append("0");
        await _bench.Node.Store!.OffloadAllAsync();
        var copy = _bench.Disk.AfterProcessDeath();
        await stream.Append("1");
        await _bench.Node.Store.OffloadAllAsync();
        _bench.Disk = copy;

        (await RefusedAsync()).ShouldBe(StoreProblem.DirectoryIsOld);
    }

    [Fact]
    public async Task A_copy_that_does_not_know_a_stream_does_not_take_it_for_deleted()
    {
        await _bench.StartAsync();
        var copy = _bench.Disk.AfterProcessDeath();
        await (await _bench.CreateAsync("later")).Append("x");
        await _bench.Node.Store!.OffloadAllAsync();
        _bench.Disk = copy;

        (await RefusedAsync()).ShouldBe(StoreProblem.DirectoryIsOld);
        (await StoreReader.RootAsync(_blobs, "later")).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_store_that_was_set_back_is_refused()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        await stream.Append("0");
        await _bench.Node.Store!.OffloadAllAsync();
        var page = RootPage.NameOf(RootPage.NumberOf(stream.Id));
        var before = await StoreAccessContent(page);
        await stream.Append("1");
        await _bench.Node.Store.OffloadAllAsync();
        await _bench.Node.CheckpointAsync();
        await _blobs.ReplaceIfMatchAsync(page, new(before), (await _blobs.HeadAsync(page))!.Value.Version);
        _bench.Disk = _bench.Disk.AfterProcessDeath();

        (await RefusedAsync()).ShouldBe(StoreProblem.StoreIsOld);
    }

    [Fact]
    public async Task A_directory_is_bound_to_its_store()
    {
        await OffloadAsync();
        var bound = _bench.Disk.AfterProcessDeath();

        _bench.Disk = bound.AfterProcessDeath();
        _bench.Blobs = new MemoryBlobStore();
        (await RefusedAsync()).ShouldBe(StoreProblem.StoreIsOld);

        await using var other = new NodeBench { Blobs = _bench.Blobs };
        await other.StartAsync();
        _bench.Disk = bound.AfterProcessDeath();
        (await RefusedAsync()).ShouldBe(StoreProblem.OtherStore);

        _bench.Disk = bound.AfterProcessDeath();
        _bench.Blobs = null;
        (await RefusedAsync()).ShouldBe(StoreProblem.OtherStore);
    }

    [Fact]
    public async Task Directory_without_control_slots_is_not_called_empty()
    {
        await OffloadAsync();
        await _bench.KillAsync();
        _bench.Disk.Delete("control.a");
        _bench.Disk.Delete("control.b");

        foreach (var act in new Func<Task>[]
        {
            () => _bench.StartAsync(),
            () => LogNode.RestoreAsync(_bench.Options, _bench.Host(), new RestoreRequest()),
            () => NodeInspector.InspectAsync(_bench.Disk),
        })
        {
            var refused = await Should.ThrowAsync<DataDirectoryException>(act);
            refused.Problem.ShouldBe(DataDirectoryProblem.UnreadableControlSlot);
            refused.Message.ShouldContain("'control.a' and 'control.b'");
        }
    }

    [Fact]
    public async Task Store_whose_header_is_gone_is_damaged_and_not_empty()
    {
        await OffloadAsync();
        await _bench.KillAsync();
        await _blobs.DeleteAsync(StoreHeader.Name);

        (await RefusedAsync()).ShouldBe(StoreProblem.Damaged);
        _bench.Disk = new SimulatedDisk();
        (await RefusedAsync()).ShouldBe(StoreProblem.Damaged);
        (await Should.ThrowAsync<StoreRefusedException>(() => LogNode.RestoreAsync(_bench.Options, _bench.Host(), new RestoreRequest())))
            .Problem.ShouldBe(StoreProblem.Damaged);
        var found = await StoreInspector.InspectAsync(_blobs, progress: null, CancellationToken.None);
        found.Findings.Single().Problem.ShouldContain("nodes have written");
        _bench.Disk.Files().ShouldBeEmpty();
    }

    [Fact]
    public async Task New_directory_is_refused_when_a_root_page_is_damaged()
    {
        await OffloadAsync();
        await _blobs.DeleteAsync(RootPage.NameOf(7));
        _bench.Disk = new SimulatedDisk();

        (await RefusedAsync()).ShouldBe(StoreProblem.Damaged);
    }

    [Fact]
    public async Task Lost_binding_refuses_a_start_without_the_store()
    {
        await OffloadAsync();
        await _bench.Node.CheckpointAsync();
        await _bench.KillAsync();
        _bench.Disk.Delete(StoreBinding.FileName);

        var lost = _bench.Disk.AfterProcessDeath();
        _bench.Blobs = null;
        var refused = await Should.ThrowAsync<StoreRefusedException>(() => _bench.StartAsync());
        refused.Problem.ShouldBe(StoreProblem.OtherStore);
        refused.Message.ShouldContain("a up to record 1");

        _bench.Disk = lost;
        _bench.Blobs = new MemoryBlobStore();
        (await RefusedAsync()).ShouldBe(StoreProblem.StoreIsOld);

        _bench.Disk = lost.AfterProcessDeath();
        _bench.Blobs = _blobs;
        await _bench.StartAsync();
        (await (await _bench.OpenAsync("a")).Texts()).ShouldBe(["x"]);
        _bench.Disk.Exists(StoreBinding.FileName).ShouldBeTrue();
    }

    [Fact]
    public async Task Lost_binding_is_no_matter_once_everything_is_trimmed()
    {
        await OffloadAsync();
        await (await _bench.OpenAsync("a")).TrimAsync(1, CancellationToken.None);
        await _bench.Node.CheckpointAsync();
        await _bench.KillAsync();
        _bench.Disk.Delete(StoreBinding.FileName);
        _bench.Blobs = null;

        await _bench.StartAsync();

        (await (await _bench.OpenAsync("a")).Append("y")).Start.ShouldBe(1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Unreadable_binding_refuses_every_start_and_restore(bool withStore)
    {
        await OffloadAsync();
        await _bench.KillAsync();
        _bench.Disk.FlipBit(StoreBinding.FileName, 20, 3);
        _bench.Blobs = withStore ? _blobs : null;

        (await RefusedAsync()).ShouldBe(StoreProblem.Damaged);
        _bench.Blobs = _blobs;
        (await Should.ThrowAsync<StoreRefusedException>(() => LogNode.RestoreAsync(_bench.Options, _bench.Host(), new RestoreRequest())))
            .Problem.ShouldBe(StoreProblem.Damaged);
    }

    [Fact]
    public async Task Inspection_names_a_lost_or_unreadable_binding()
    {
        _bench.Options.Wal = new WalOptions { FileSizeMiB = 16, KeepFreeBytes = 0 };
        await OffloadAsync();
        await _bench.Node.CheckpointAsync();
        await _bench.KillAsync();
        (await NodeInspector.InspectAsync(_bench.Disk)).Damaged.ShouldBeFalse();

        var unreadable = _bench.Disk.AfterProcessDeath();
        unreadable.FlipBit(StoreBinding.FileName, 20, 3);
        var found = await NodeInspector.InspectAsync(unreadable);
        found.Damaged.ShouldBeTrue();
        found.BindingProblem!.ShouldContain("cannot be read");

        _bench.Disk.Delete(StoreBinding.FileName);
        (await NodeInspector.InspectAsync(_bench.Disk)).BindingProblem!.ShouldContain("a up to record 1");
    }

    [Fact]
    public async Task A_missing_root_page_is_damage_and_not_an_empty_one()
    {
        await OffloadAsync();
        await _blobs.DeleteAsync(RootPage.NameOf(7));
        _bench.Disk = _bench.Disk.AfterProcessDeath();

        (await RefusedAsync()).ShouldBe(StoreProblem.Damaged);
    }

    [Fact]
    public async Task A_node_that_worked_without_a_store_gets_one()
    {
        _bench.Blobs = null;
        await _bench.StartAsync();
        await (await _bench.CreateAsync("a")).Append("x");
        _bench.Blobs = _blobs;
        await _bench.RestartAsync();

        await _bench.Node.Store!.OffloadAllAsync();

        (await StoreReader.ReadAsync(_blobs, "a")).Texts.ShouldBe(["x"]);
    }

    private async Task OffloadAsync()
    {
        await _bench.StartAsync();
        await (await _bench.CreateAsync("a")).Append("x");
        await _bench.Node.Store!.OffloadAllAsync();
    }

    private async Task<StoreProblem> RefusedAsync() => (await Should.ThrowAsync<StoreRefusedException>(() => _bench.StartAsync())).Problem;

    private async Task<byte[]> StoreAccessContent(BlobName name)
    {
        var content = new byte[(await _blobs.HeadAsync(name))!.Value.Length];
        await _blobs.ReadAsync(name, 0, content);
        return content;
    }
}
