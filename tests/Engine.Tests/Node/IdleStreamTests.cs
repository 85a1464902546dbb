using Orleans.Log.Engine.Disk;
using Xunit.Abstractions;

namespace Orleans.Log.Engine.Tests.Node;

/// <summary>What a stream that nobody uses costs in memory after a recovery; on a real disk, because a simulated one keeps its content in memory.</summary>
[Collection(nameof(Alone))]
public sealed class IdleStreamTests(ITestOutputHelper output) : IAsyncDisposable
{
    private const int Count = 10_000;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("orleans-log-idle-");
    private readonly NodeBench _bench = new();

    public async ValueTask DisposeAsync()
    {
        await _bench.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Ten_thousand_recovered_streams_cost_at_most_4_KiB_each()
    {
        _bench.Options.Wal.CacheBytes = 0; // the blocks kept readable are the node's, not a stream's
        await _bench.StartAsync(HostDisk.Open(_directory.FullName));
        await (await _bench.CreateAsync("first")).Append("warm");
        await _bench.RestartAsync(HostDisk.Open(_directory.FullName));
        var before = GC.GetTotalMemory(forceFullCollection: true);

        // Few calls at once, whose buffers are not a stream's either.
        await Parallel.ForAsync(0, Count, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, _) => await (await _bench.CreateAsync($"idle-{i}")).Append($"{i}"));
        await _bench.RestartAsync(HostDisk.Open(_directory.FullName));

        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Count;
        output.WriteLine($"{each} bytes for each of {Count} recovered streams");
        each.ShouldBeInRange(100, 4096);
        _bench.Node.Health.Streams.ShouldBe(Count + 1);
    }
}

/// <summary>Tests that measure the memory of the whole process, and so run beside no other.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
