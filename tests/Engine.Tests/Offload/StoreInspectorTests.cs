using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Metadata;
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
    public async Task Every_flipped_byte_of_what_counts_is_found()
    {
        await _bench.StartAsync();
        await (await _bench.CreateAsync("s")).Append("x");
        await _bench.Node.Store!.OffloadAllAsync();
        var metadata = new BlobMetadataStore(_blobs, new BlobMetadataStoreOptions { Cluster = "C" });
        await metadata.CreateAsync(new MetadataKey("area/key"), "value"u8.ToArray());
        var root = (await StoreReader.RootAsync(_blobs, "s"))!;
        var segment = await LastSegmentAsync(root);
        BlobName[] counts =
        [
            StoreHeader.Name,
            RootPage.NameOf(RootPage.NumberOf(root.Id)),
            (await _blobs.ListAsync("nodes/")).Blobs.Single().Name,
            segment,
            root.Snapshot.Blob.Pack,
            (await _blobs.ListAsync("meta/")).Blobs.Single().Name,
        ];
        (await InspectAsync()).ShouldBeEmpty();

        var (flips, silent) = (0, new List<string>());
        foreach (var name in counts)
        {
            var length = (await _blobs.HeadAsync(name))!.Value.Length;
            for (var at = 0; at < length; at++, flips++)
            {
                await FlipAsync(name, at);
                if ((await InspectAsync()).Count == 0)
                    silent.Add($"{name} at {at}");

                await FlipAsync(name, at);
            }
        }

        silent.ShouldBeEmpty($"of {flips} flips");
        flips.ShouldBeGreaterThan(1000);
    }

    [Fact]
    public async Task Damaged_header_of_a_shared_pack_is_reported_once()
    {
        await _bench.StartAsync();
        for (var i = 0; i < 3; i++)
            await (await _bench.CreateAsync($"s{i}")).Append("x");

        await _bench.Node.Store!.OffloadAllAsync();
        var pack = (await StoreReader.RootAsync(_blobs, "s0"))!.Snapshot.Blob.Pack;
        await FlipAsync(pack, 20);

        var finding = (await InspectAsync()).ShouldHaveSingleItem();

        finding.Blob.ShouldBe(pack.Value);
        finding.Stream!.ShouldStartWith("s");
    }

    [Fact]
    public async Task Whole_segment_under_the_name_of_another_is_found()
    {
        await FillAsync();
        var other = (await _blobs.ListAsync("segments/")).Blobs[0].Name;
        var bytes = new byte[(await _blobs.HeadAsync(other))!.Value.Length];
        await _blobs.ReadAsync(other, 0, bytes);
        var last = (await _blobs.ListAsync("segments/")).Blobs[^1].Name;
        await _blobs.ReplaceIfMatchAsync(last, new(bytes), (await _blobs.HeadAsync(last))!.Value.Version);

        (await InspectAsync()).ShouldContain(finding => finding.Blob == last.Value && finding.Problem.Contains("place"));
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

    private async Task<BlobName> LastSegmentAsync(RootEntry root) =>
        (await (await StoreReader.OpenAsync(_blobs)).ReadSnapshotAsync(root, CancellationToken.None)).Segments.Refs[^1].Blob.Segment;

    private async Task<IReadOnlyList<StoreFinding>> InspectAsync() =>
        (await StoreInspector.InspectAsync(_blobs, progress: null, CancellationToken.None)).Findings;

    private async Task FlipAsync(BlobName name, int? at = null)
    {
        var info = (await _blobs.HeadAsync(name))!.Value;
        var bytes = new byte[info.Length];
        await _blobs.ReadAsync(name, 0, bytes);
        bytes[at ?? bytes.Length / 2] ^= 4;
        await _blobs.ReplaceIfMatchAsync(name, new(bytes), info.Version);
    }
}
