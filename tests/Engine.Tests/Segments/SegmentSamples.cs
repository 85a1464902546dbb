using System.Buffers;
using System.Text;
using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Pipeline;
using Orleans.Log.Engine.Segments;
using Orleans.Log.Engine.Tests.Checkpoints;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Segments;

/// <summary>What the golden bytes of segments, packs and root pages hold.</summary>
internal static class SegmentSamples
{
    public const long Now = 1_795_000_000_000;

    public static readonly Guid Store = new("51505152-5354-5556-5758-595a5b5c5d5e");
    public static readonly Guid Node = new("10111213-1415-1617-1819-1a1b1c1d1e1f");
    public static readonly Guid OtherNode = new("20212223-2425-2627-2829-2a2b2c2d2e2f");
    public static readonly ReplicaId Owner = new(Node, new Guid("a0a1a2a3-a4a5-a6a7-a8a9-aaabacadaeaf"));
    public static readonly BlobPlace Place = new(Store, new BlobId(Node, 0x1234));
    public static readonly StreamId Orders = new(1);
    public static readonly StreamId Other = new(UInt128.Parse("0102030405060708090a0b0c0d0e0f10", System.Globalization.NumberStyles.HexNumber));

    /// <summary>The batches of the golden segment, mixed as a WAL would have them.</summary>
    public static IEnumerable<SampleBatch> Batches { get; } =
    [
        SampleBatch.Of(Orders, 100, Now, new ProducerStamp("p-1", 2, 41), Record("first", Now), Record("second", Now + 5, ("key", "value"))),
        SampleBatch.Of(Orders, 102, Now + 6, null, new AppendRecord(new ReadOnlySequence<byte>(Enumerable.Repeat((byte)0x5A, 65_536).ToArray()), Timestamp: Now + 6)),
        SampleBatch.Of(Other, 0, Now + 1, null, Record("other", Now + 1)),
        SampleBatch.Of(Orders, 103, Now + 7, null, Record("", Now + 7)),
        SampleBatch.Of(Orders, 110, Now + 9, null, Record("behind a hole", Now + 9)),
    ];

    public static SegmentRef OlderSegment { get; } = new(new BlobId(OtherNode, 8), 64, 200, 95, 100, Now - 80, Now - 70, 50);

    /// <summary>The section of the golden pack.</summary>
    public static SegmentSection Section { get; } = new(
        Orders,
        new SectionRef(new PackRef(new BlobId(OtherNode, 7), 64, 1000, 0xCAFEBABE), 32, 90, 95, Now - 100, Now - 90),
        OlderSegment,
        new SegmentRef(new BlobId(Node, 300), 70_000, 201, 100, 120, Now - 70, Now - 60, 60));

    /// <summary>The snapshot of the golden pack, for the place of its section.</summary>
    public static Snapshot Snapshot(in SectionRef section) => new(
        CheckpointSamples.Rich with
        {
            State = CheckpointSamples.Rich.State with { Offloaded = 250, Faulty = new[] { new LsnRange(200, 210) }, Lost = [], Unpublished = false },
        },
        new SegmentList(
            section,
            new SegmentRef(new BlobId(Node, 0x1233), 64, 65_834, 120, 200, Now - 60, Now - 50, 65_000),
            new SegmentRef(new BlobId(Node, 0x1234), 200_000, 300, 210, 250, Now - 2, Now - 1, 240)));

    /// <summary>The golden segment as today's code writes it.</summary>
    public static byte[] WriteSegment(params IEnumerable<SampleBatch> batches) => WriteSegment(Place, out _, batches);

    public static byte[] WriteSegment(in BlobPlace place, out IReadOnlyList<SegmentRun> runs, params IEnumerable<SampleBatch> batches)
    {
        using var builder = new SegmentBuilder(place, Now);
        foreach (var batch in batches)
            builder.Add(batch.Entry, batch.Body);

        var length = builder.Length;
        var finished = builder.Complete();
        runs = finished.Parts;
        var bytes = finished.Content.ToArray();
        bytes.Length.ShouldBe((int)length);
        return bytes;
    }

    /// <summary>Everything that can be read of a segment, verified on the way; throws if anything is wrong with it.</summary>
    public static List<(SegmentRun Run, List<SampleBatch> Batches)> ReadSegment(byte[] bytes, in BlobPlace place)
    {
        using (var digest = new SegmentDigest(bytes.Length, []))
        {
            digest.Append(bytes);
            if (!digest.Complete())
                throw new StoreFormatException(StoreFault.ChecksumMismatch, "The digest of the segment does not hold.");
        }

        return ReadParts(bytes, place);
    }

    /// <summary>The same without the digest of the whole.</summary>
    public static List<(SegmentRun Run, List<SampleBatch> Batches)> ReadParts(byte[] bytes, in BlobPlace place)
    {
        var header = BlobHeader.ReadSegment(bytes);
        StoreFormat.RequireSame(header.Place, place, "place");
        var end = BlobEnd.Read(bytes.AsSpan(Math.Max(0, bytes.Length - BlobEnd.Size)), place, bytes.Length);
        var runs = SegmentDirectory.Read(bytes.AsSpan(end.DirectoryOffset, SegmentDirectory.LengthOf(end)), place, end);
        if (runs.Length != header.Count)
            throw new StoreFormatException(StoreFault.Incoherent, "Header and directory do not agree.");

        var read = new List<(SegmentRun, List<SampleBatch>)>();
        foreach (var run in runs)
            read.Add((run, ReadRun(bytes.AsMemory(run.Ref.Offset, run.Ref.Length), run)));

        return read;
    }

    public static List<SampleBatch> ReadRun(ReadOnlyMemory<byte> bytes, in SegmentRun run)
    {
        var table = RunTable.Read(bytes.Span[..SegmentFormat.MaxTableLength(run.Ref.Length)], Store, run.Stream, run.Ref);
        var batches = new List<SampleBatch>();
        for (var i = 0; i < table.Blocks.Length; i++)
        {
            var block = bytes.Span.Slice(table.Length + table.Blocks[i].Offset, table.Blocks[i].Length);
            if (!table.Verify(i, block))
                throw new StoreFormatException(StoreFault.ChecksumMismatch, $"Block {i} does not verify.");

            var walk = table.Batches(i, block);
            while (walk.MoveNext())
                batches.Add(new SampleBatch(walk.Entry, walk.Body.ToArray()));
        }

        return batches;
    }

    public static AppendRecord Record(string payload, long timestamp, params (string Name, string Value)[] headers) => new(
        new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(payload)),
        headers.Select(header => new RecordHeader(Encoding.UTF8.GetBytes(header.Name), Encoding.UTF8.GetBytes(header.Value))).ToArray(),
        timestamp);
}

/// <summary>A batch as the WAL has it.</summary>
internal sealed record SampleBatch(WalEntry Entry, byte[] Body)
{
    public static SampleBatch Of(StreamId stream, long lsn, long timestamp, ProducerStamp? stamp, params AppendRecord[] records)
    {
        BatchShape.Check(new RecordBatch(records), new AppendConditions(Producer: stamp), Limits.RecordBytes, out var shape).ShouldBeNull();
        var body = new AppendBody(new RecordBatch(records), shape, stamp, timestamp, timestamp);
        var bytes = new byte[body.Length];
        body.WriteTo(bytes);
        var flags = stamp is null ? WalEntryFlags.None : WalEntryFlags.Producer;
        return new SampleBatch(new WalEntry(WalEntryType.Append, flags, stream, 4, 1, records.Length, lsn, 77, timestamp), bytes);
    }

    /// <summary>As a segment gives it back: without what a segment does not keep.</summary>
    public SampleBatch Stored => this with { Entry = Entry with { Term = 0, Generation = 0, Entry = 0 } };

    public bool Equals(SampleBatch? other) => other is not null && Entry == other.Entry && Body.AsSpan().SequenceEqual(other.Body);

    public override int GetHashCode() => Entry.GetHashCode();
}
