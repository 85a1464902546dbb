using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Segments;
using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Simulation.OffloadLevel;
using Orleans.Log.Engine.Tests.Node;
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
