using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Segments;
using Orleans.Log.Engine.Simulation.OffloadLevel;
using Orleans.Log.Engine.Tests.Node;
using Orleans.Log.Testing;
using Orleans.Log.Testing.Blobs;

namespace Orleans.Log.Engine.Tests.Offload;

/// <summary>What many streams cost the store that are written a little now and then.</summary>
public sealed class QuietStreamsTests : IAsyncDisposable
{
    private const int Streams = 10_000;
    private const int Intervals = 3;
    private const int AtOnce = 500;

    private readonly ManualTimeProvider _clock = new();
    private readonly CountingBlobStore _blobs = new(new MemoryBlobStore());
    private readonly NodeBench _bench;

    public QuietStreamsTests() => _bench = new NodeBench { Blobs = _blobs, Time = _clock, BackgroundOffload = false };

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Ten_thousand_quiet_streams_make_a_handful_of_blobs_and_one_write_of_each_root_page_an_interval()
    {
        // Room for all of it: what is counted is calls, not the making of files.
        _bench.Options.Wal.FileSizeMiB = 64;
        await _bench.StartAsync();
        var streams = new List<ILogStream>();
        foreach (var numbers in Enumerable.Range(0, Streams).Chunk(AtOnce))
            streams.AddRange(await Task.WhenAll(numbers.Select(number => _bench.CreateAsync($"s{number}"))));

        await _bench.Node.Store!.OffloadAllAsync();
        for (var interval = 0; interval < Intervals; interval++)
        {
            foreach (var some in streams.Chunk(AtOnce))
                await Task.WhenAll(some.Select(stream => stream.Append($"{stream.Name} {interval}").AsTask()));

            var (puts, roots) = (_blobs.Count(BlobCall.Put), _blobs.Count(BlobCall.Replace, "roots"));
            _clock.Advance(_bench.Options.Offload.SegmentAge);
            await _bench.Node.Store.RunAsync();

            (_blobs.Count(BlobCall.Put) - puts).ShouldBeLessThanOrEqualTo(8, "blobs that were put in an interval");
            (_blobs.Count(BlobCall.Replace, "roots") - roots).ShouldBeLessThanOrEqualTo(RootPage.Count, "root pages that were replaced in an interval");
        }

        foreach (var name in new[] { "s0", "s4711", "s9999" })
            (await StoreReader.ReadAsync(_blobs, name)).Texts.ShouldBe(Enumerable.Range(0, Intervals).Select(interval => $"{name} {interval}"));

        (await streams[4711].CheckTailAsync(CancellationToken.None)).Offloaded.ShouldBe(Intervals);
    }
}
