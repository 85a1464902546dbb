using Xunit.Abstractions;

namespace Orleans.Log.Engine.Tests.Node;

[Collection(nameof(Alone))]
public sealed class IdleStreamTests(ITestOutputHelper output) : IAsyncDisposable
{
    private const int Count = 10_000;

    private readonly NodeBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ten_thousand_idle_streams_cost_at_most_4_KiB_each(bool recovered)
    {
        _bench.Options.Wal.FileSizeMiB = 64; // so that ten thousand calls at once do not outrun the preparing of files
        await _bench.StartAsync();
        await (await _bench.CreateAsync("first")).Append("warm");
        var before = GC.GetTotalMemory(forceFullCollection: true) - DiskBytes();

        await Task.WhenAll(Enumerable.Range(0, Count).Select(async i => await (await _bench.CreateAsync($"idle-{i}")).Append($"{i}")));
        if (recovered)
            await _bench.RestartAsync();

        var each = (GC.GetTotalMemory(forceFullCollection: true) - DiskBytes() - before) / Count;
        output.WriteLine($"{each} bytes for each of {Count} idle streams");
        each.ShouldBeLessThanOrEqualTo(4096);
        _bench.Node.Health.Streams.ShouldBe(Count + 1);
    }

    // The simulated disk keeps its content in memory, which a real one does not.
    private long DiskBytes() => _bench.Disk.Files().Sum(file => file.Length);
}

/// <summary>Tests that measure the memory of the whole process, and so run beside no other.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
