using System.Buffers;
using System.Diagnostics.Metrics;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Reading;
using Orleans.Log.Engine.Segments;
using Orleans.Log.Engine.Tests.Checkpoints;
using Orleans.Log.Engine.Tests.Segments;

namespace Orleans.Log.Engine.Tests.Reading;

/// <summary>One stream whose records went to a store, segment by segment, as an offloader would have done it; and readers of it.</summary>
internal sealed class SegmentWorld : IPublished, IDisposable
{
    private readonly Meter _meter = new("test");
    private readonly MemoryBlobStore _blobs = new();
    private long _attempt;
    private SegmentList _list = SegmentList.Empty;
    private SectionRef? _section;

    public SegmentWorld() => Store = new FaultyStore(_blobs);

    public static StreamId Stream { get; } = SegmentSamples.Orders;

    public FaultyStore Store { get; }

    public List<(long Lsn, long Timestamp, string Payload)> Records { get; } = [];

    /// <summary>Sizes of blobs and where runs are, in the order of publication.</summary>
    public List<SegmentRef> Runs { get; } = [];

    public RootEntry? Root { get; private set; }

    public Guid? StoreId { get; set; } = SegmentSamples.Store;

    public long Tail { get; private set; }

    public long Head { get; set; }

    public SegmentReading Reading(SegmentCacheOptions? options = null, SegmentDiskCache? disk = null) =>
        new(Store, this, options ?? new SegmentCacheOptions(), disk, new SegmentReadInstruments(_meter));

    public RootEntry? Find(StreamId stream) => Root;

    public async Task<Snapshot> ReadSnapshotAsync(RootEntry root, CancellationToken cancellationToken) =>
        PackItem.ReadSnapshot(await ItemAsync(root.Snapshot), SegmentSamples.Store, root.Snapshot, root.Id);

    public async Task<SegmentSection> ReadSectionAsync(SectionRef section, StreamId stream, CancellationToken cancellationToken) =>
        PackItem.ReadSection(await ItemAsync(section.Item), SegmentSamples.Store, section, stream);

    /// <summary>Publishes one segment more, with records of these payload lengths, several to a batch; behind a gap, their times are apart as well.</summary>
    public async Task PublishAsync(Random random, int records, int mostBytes, long gap = 0)
    {
        var place = new BlobPlace(SegmentSamples.Store, new BlobId(SegmentSamples.Node, ++_attempt));
        using var builder = new SegmentBuilder(place, SegmentSamples.Now);

        // Another stream before it, so that the run does not begin where the segment does.
        var other = SampleBatch.Of(SegmentSamples.Other, 0, 0, null, SegmentSamples.Record("other", 0));
        builder.Add(other.Entry, other.Body);
        Tail += gap;
        for (var left = records; left > 0;)
        {
            var batch = new AppendRecord[Math.Min(left, random.Next(1, 10))];
            for (var i = 0; i < batch.Length; i++)
            {
                var payload = $"{Tail + i}:" + new string((char)('a' + random.Next(26)), random.Next(mostBytes));
                var timestamp = Records is [.., var last] ? last.Timestamp + gap + (random.Next(3) == 0 ? random.Next(5) : 0) : 1_000;
                Records.Add((Tail + i, timestamp, payload));
                batch[i] = SegmentSamples.Record(payload, timestamp);
            }

            var sample = SampleBatch.Of(Stream, Tail, batch[0].Timestamp!.Value, random.Next(2) == 0 ? null : new ProducerStamp("p", 1, Tail), batch);
            builder.Add(sample.Entry, sample.Body);
            Tail += batch.Length;
            left -= batch.Length;
        }

        var finished = builder.Complete();
        await _blobs.PutIfAbsentAsync(place.Blob.Segment, finished.Content);
        var run = finished.Parts.Single(part => part.Stream == Stream).Ref;
        Runs.Add(run);
        _list = _list.Append(run);
        await PublishSnapshotAsync();
    }

    /// <summary>Publishes a snapshot; the pack before is swept, and sections that were folded into others with theirs.</summary>
    public async Task PublishSnapshotAsync()
    {
        var place = new BlobPlace(SegmentSamples.Store, new BlobId(SegmentSamples.Node, ++_attempt));
        using var builder = new PackBuilder(place, SegmentSamples.Now);
        if (_list.Fold(Stream, Head) is { } fold)
        {
            while (fold.Wants is { } wanted)
                fold.Take(await ReadSectionAsync(wanted, Stream, default));

            _section = builder.Add(fold.Section);
            _list = fold.Complete(_section.Value.Item);
        }

        var state = CheckpointSamples.Stream("orders", 1);
        var snapshot = builder.Add(new Snapshot(state with { State = state.State with { Tail = Tail, Offloaded = Tail } }, _list));
        await _blobs.PutIfAbsentAsync(place.Blob.Pack, builder.Complete().Content);
        Root = new RootEntry(Stream, StreamName.Parse("orders"), SegmentSamples.Owner, 1, 1, Head, Tail, 1, default, false, snapshot);
    }

    /// <summary>A page from a record on, as far as is offloaded.</summary>
    public ReadPlan From(long lsn, int records = 1_000, int bytes = 1 << 20) => Plan(records, bytes) with { Start = lsn };

    /// <summary>A page from a time on.</summary>
    public ReadPlan Since(long timestamp, int records = 1_000) => Plan(records, 1 << 20) with { Since = timestamp };

    public void ShouldBeRecords(ReadPage page, long from)
    {
        page.Records.Length.ShouldBeGreaterThan(0);
        var at = Records.FindIndex(record => record.Lsn == from);
        foreach (ref readonly var record in page.Records.Span)
        {
            var wanted = Records[at++];
            (record.Lsn, record.Timestamp).ShouldBe((wanted.Lsn, wanted.Timestamp));
            System.Text.Encoding.UTF8.GetString(record.Payload.Span).ShouldBe(wanted.Payload);
        }

        page.Next.ShouldBe(Records[at - 1].Lsn + 1);
    }

    public void Dispose() => _meter.Dispose();

    private ReadPlan Plan(int records, int bytes) => new()
    {
        MaxRecords = records,
        MaxBytes = bytes,
        Until = long.MaxValue,
        End = Tail,
        Stream = new StreamPosition(Head, Tail, false, Records[^1].Timestamp, Tail),
    };

    private async Task<byte[]> ItemAsync(PackRef item)
    {
        var bytes = new byte[item.Length];
        var read = await Store.ReadAsync(item.Blob.Pack, item.Offset, bytes);
        return bytes[..read.Count];
    }
}

/// <summary>A store whose reads can be counted, held, damaged and refused.</summary>
internal sealed class FaultyStore(IBlobStore inner) : IBlobStore
{
    private readonly Lock _gate = new();
    private readonly List<(string Name, long Offset, int Length)> _reads = [];

    /// <summary>Ranges of segments that were read.</summary>
    public IReadOnlyList<(string Name, long Offset, int Length)> SegmentReads
    {
        get
        {
            lock (_gate)
                return [.. _reads.Where(read => read.Name.StartsWith("segments/", StringComparison.Ordinal))];
        }
    }

    /// <summary>Begins to count anew.</summary>
    public void Forget()
    {
        lock (_gate)
            _reads.Clear();
    }

    /// <summary>Called with what was read, which it may change; or throws.</summary>
    public Action<string, long, Memory<byte>>? OnRead { get; set; }

    /// <summary>Reads of segments wait for this.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public async ValueTask<BlobRange> ReadAsync(BlobName name, long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        lock (_gate)
            _reads.Add((name.Value, offset, destination.Length));

        await Gate;
        var read = await inner.ReadAsync(name, offset, destination, cancellationToken);
        OnRead?.Invoke(name.Value, offset, destination[..read.Count]);
        return read;
    }

    public ValueTask<BlobVersion> PutIfAbsentAsync(BlobName name, ReadOnlySequence<byte> content, CancellationToken cancellationToken = default) =>
        inner.PutIfAbsentAsync(name, content, cancellationToken);

    public ValueTask<BlobVersion> ReplaceIfMatchAsync(BlobName name, ReadOnlySequence<byte> content, BlobVersion expected, CancellationToken cancellationToken = default) =>
        inner.ReplaceIfMatchAsync(name, content, expected, cancellationToken);

    public ValueTask<BlobInfo?> HeadAsync(BlobName name, CancellationToken cancellationToken = default) => inner.HeadAsync(name, cancellationToken);

    public ValueTask<BlobPage> ListAsync(string prefix, string? continuation = null, int limit = BlobPage.MaxLimit, CancellationToken cancellationToken = default) =>
        inner.ListAsync(prefix, continuation, limit, cancellationToken);

    public ValueTask<bool> DeleteAsync(BlobName name, CancellationToken cancellationToken = default) => inner.DeleteAsync(name, cancellationToken);

    public ValueTask DeleteIfMatchAsync(BlobName name, BlobVersion expected, CancellationToken cancellationToken = default) =>
        inner.DeleteIfMatchAsync(name, expected, cancellationToken);
}
