using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Segments;
using Orleans.Log.Engine.Simulation.OffloadLevel;
using Orleans.Log.Engine.Tests.Node;
using Orleans.Log.Testing;

namespace Orleans.Log.Engine.Tests.Offload;

public sealed class StoreInspectorTests : IAsyncDisposable
{
    private readonly MemoryBlobStore _blobs = new();
    private readonly NodeBench _bench;

    public StoreInspectorTests() => _bench = new NodeBench { Blobs = _blobs, Time = new ManualTimeProvider(), BackgroundOffload = false };

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_sound_store_has_no_findings()
    {
        await FillAsync();

        var found = await StoreInspector.InspectAsync(_blobs, progress: null, CancellationToken.None);

        found.Findings.ShouldBeEmpty();
        found.ShouldSatisfyAllConditions(
            _ => found.Streams.ShouldBe(3), _ => found.Nodes.ShouldBe(1), _ => found.Segments.ShouldBe(50), _ => found.Orphans.ShouldBeGreaterThan(0, "packs of earlier rounds"));
    }

    [Fact]
    public async Task Every_kind_of_damage_is_found_and_named()
    {
        await FillAsync();
        var root = (await StoreReader.RootAsync(_blobs, "s0"))!;
        var segment = (await (await StoreReader.OpenAsync(_blobs)).ReadSnapshotAsync(root, CancellationToken.None)).Segments.Refs[^1].Blob.Segment;
        await FlipAsync(segment);
        await FlipAsync(RootPage.NameOf((RootPage.NumberOf(root.Id) + 1) % RootPage.Count));
        await _blobs.DeleteAsync((await _blobs.ListAsync("segments/")).Blobs[0].Name);

        var found = await StoreInspector.InspectAsync(_blobs, progress: null, CancellationToken.None);

        found.Findings.Count.ShouldBe(3);
        found.Findings.ShouldContain(finding => finding.Blob == segment.Value);
        found.Findings.ShouldContain(finding => finding.Blob.StartsWith("roots/", StringComparison.Ordinal));
        found.Findings.ShouldContain(finding => finding.Problem.Contains("missing"));
    }

    [Fact]
    public async Task No_store_is_a_finding() =>
        (await StoreInspector.InspectAsync(_blobs, progress: null, CancellationToken.None)).Findings.Single().Blob.ShouldBe("store");

    private async Task FillAsync()
    {
        await _bench.StartAsync();
        for (var i = 0; i < 3; i++)
            await _bench.CreateAsync($"s{i}");

        for (var i = 0; i < 50; i++)
        {
            await (await _bench.OpenAsync("s0")).Append($"{i}");
            await _bench.Node.Store!.OffloadAllAsync();
        }
    }

    private async Task FlipAsync(BlobName name)
    {
        var info = (await _blobs.HeadAsync(name))!.Value;
        var bytes = new byte[info.Length];
        await _blobs.ReadAsync(name, 0, bytes);
        bytes[bytes.Length / 2] ^= 4;
        await _blobs.ReplaceIfMatchAsync(name, new(bytes), info.Version);
    }
}
