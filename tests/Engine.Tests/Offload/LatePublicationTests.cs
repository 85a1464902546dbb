using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Simulation.OffloadLevel;
using Orleans.Log.Engine.Tests.Node;
using Orleans.Log.Testing;

namespace Orleans.Log.Engine.Tests.Offload;

/// <summary>The last write of a process that died arrives at the store while the next one is at work.</summary>
public sealed class LatePublicationTests : IAsyncDisposable
{
    private readonly MemoryBlobStore _blobs = new();
    private readonly StubbornStore _dying;
    private readonly StubbornStore _store;
    private readonly NodeBench _bench;

    public LatePublicationTests()
    {
        (_dying, _store) = (new StubbornStore(_blobs), new StubbornStore(_blobs));
        _bench = new NodeBench { Blobs = _dying, Time = new ManualTimeProvider(), BackgroundOffload = false };
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    /// <summary>Its cut ended elsewhere than that of the process which is at work now, and this one learns of it in the middle of its own publication.</summary>
    [Fact]
    public async Task A_publication_of_a_dead_process_that_comes_late_stops_nobody()
    {
        await StartAsync();
        var (late, _) = await DieWhilePublishingAsync();
        await (await _bench.OpenAsync("a")).Append("3");
        var replaced = 0;
        _store.Before = (call, name) =>
        {
            if (call != "replace" || !name.StartsWith("roots/", StringComparison.Ordinal))
                return;

            if (++replaced == 1)
                late.SetResult();
            else
                throw StubbornStore.Away();
        };
        await Should.ThrowAsync<BlobStoreException>(() => _bench.Node.Store!.OffloadAllAsync());
        replaced.ShouldBe(2);
        (await StoreReader.ReadAsync(_blobs, "a")).Texts.ShouldBe(["0", "1", "2"]);

        _store.Before = null;
        await _bench.Node.Store!.OffloadAllAsync();

        (await StoreReader.ReadAsync(_blobs, "a")).Texts.ShouldBe(["0", "1", "2", "3"]);
    }

    /// <summary>The process that deletes a stream knows of no root of it: the one before it has published it, and that is still on its way.</summary>
    [Fact]
    public async Task A_publication_of_a_dead_process_that_comes_late_does_not_bring_a_deleted_stream_back()
    {
        await StartAsync();
        var (late, publishing) = await DieWhilePublishingAsync();
        await _bench.Node.DeleteAsync(StreamName.Parse("a"), CancellationToken.None);
        await _bench.Node.Store!.OffloadAllAsync();

        late.SetResult();
        await Should.ThrowAsync<BlobStoreException>(() => publishing);

        (await StoreReader.RootAsync(_blobs, "a")).ShouldBeNull();
    }

    /// <summary>The process that deletes a stream dies as well, and the next one knows nothing of it.</summary>
    [Fact]
    public async Task A_stream_that_a_late_publication_brought_back_after_its_deletion_was_forgotten_goes_with_the_next_sweep()
    {
        await StartAsync();
        var (late, publishing) = await DieWhilePublishingAsync(async () => await _bench.Node.DeleteAsync(StreamName.Parse("a"), CancellationToken.None));
        await _bench.Node.Store!.OffloadAllAsync();
        late.SetResult();
        await Should.ThrowAsync<BlobStoreException>(() => publishing);
        (await StoreReader.RootAsync(_blobs, "a")).ShouldNotBeNull();

        await _bench.Node.Store.SweepAsync(CancellationToken.None);
        await _bench.Node.Store.OffloadAllAsync();

        (await StoreReader.RootAsync(_blobs, "a")).ShouldBeNull();
        (await _bench.Node.Store.SweepAsync(CancellationToken.None)).Blobs.ShouldBe(2);
    }

    /// <summary>
    /// The process publishes everything and dies, and another one starts. A replacement of a root page, the last thing that the dead one did, arrives at the store when the first result is set; the
    /// second one ends behind that.
    /// </summary>
    private async Task<(TaskCompletionSource Late, Task Publishing)> DieWhilePublishingAsync(Func<Task>? beforeDeath = null)
    {
        var late = new TaskCompletionSource();
        _dying.Hold = _ => late.Task;
        var publishing = _bench.Node.Store!.OffloadAllAsync();
        await (beforeDeath?.Invoke() ?? Task.CompletedTask);
        _dying.Before = (_, _) => throw StubbornStore.Away();
        _bench.Blobs = _store;
        await _bench.CrashAsync();
        return (late, publishing);
    }

    private async Task StartAsync()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        for (var i = 0; i < 3; i++)
            await stream.Append($"{i}");
    }
}
