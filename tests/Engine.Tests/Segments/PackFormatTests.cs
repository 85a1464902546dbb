using System.Buffers;
using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Segments;
using Orleans.Log.Engine.Tests.Checkpoints;

namespace Orleans.Log.Engine.Tests.Segments;

/// <summary>The bytes of docs/FORMAT.md §12 and §13. The golden file was written by an independent program from that page.</summary>
public sealed class PackFormatTests
{
    private static readonly byte[] Bytes = Golden.Read("Segments/pack-1.hex");

    [Fact]
    public void A_pack_is_written_as_published() => Write(out _, out _).ShouldBe(Bytes);

    [Fact]
    public void A_pack_is_read_as_published()
    {
        Write(out var section, out var snapshot);
        var header = BlobHeader.ReadPack(Bytes);
        (header.Place, header.Count, header.WrittenAt).ShouldBe((SegmentSamples.Place, 2, SegmentSamples.Now));
        BlobEnd.Read(Bytes.AsSpan()[^BlobEnd.Size..], SegmentSamples.Place, Bytes.Length).Count.ShouldBe(2);

        var read = PackItem.ReadSnapshot(Item(snapshot), SegmentSamples.Store, snapshot, SegmentSamples.Orders);
        var wanted = SegmentSamples.Snapshot(section);
        read.Stream.ShouldBeEquivalentTo(wanted.Stream);
        read.Lsn.ShouldBe(250);
        read.Segments.Older.ShouldBe(section);
        read.Segments.Refs.ToArray().ShouldBe(wanted.Segments.Refs.ToArray());

        var older = PackItem.ReadSection(Item(section.Item), SegmentSamples.Store, section, SegmentSamples.Orders);
        older.Older.ShouldBe(SegmentSamples.Section.Older);
        older.Refs.ToArray().ShouldBe(SegmentSamples.Section.Refs.ToArray());
    }

    [Fact]
    public void Every_flipped_bit_of_an_item_is_seen()
    {
        Write(out var section, out var snapshot);
        foreach (var item in new[] { section.Item, snapshot })
        {
            var bytes = Item(item).ToArray();
            for (var bit = 0; bit < bytes.Length * 8; bit++)
            {
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                Should.Throw<StoreFormatException>(() => Read(bytes, item), $"bit {bit}");
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }

        void Read(byte[] bytes, in PackRef item)
        {
            if (item == snapshot)
                PackItem.ReadSnapshot(bytes, SegmentSamples.Store, item, SegmentSamples.Orders);
            else
                PackItem.ReadSection(bytes, SegmentSamples.Store, section, SegmentSamples.Orders);
        }
    }

    [Fact]
    public void Every_flipped_bit_of_the_whole_is_seen_by_its_digest()
    {
        var bytes = Bytes.ToArray();
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Holds(bytes).ShouldBeFalse($"bit {bit}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Holds(bytes).ShouldBeTrue();
        for (var length = 0; length < bytes.Length; length++)
            Holds(bytes[..length]).ShouldBeFalse($"length {length}");

        Holds([.. bytes, 0]).ShouldBeFalse();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(1000)]
    public void The_digest_may_come_in_pieces_of_any_size(int size)
    {
        using var digest = new SegmentDigest(Bytes.Length, Bytes.AsSpan()[^32..]);
        foreach (var piece in Bytes.Chunk(size))
            digest.Append(piece);

        digest.Complete().ShouldBeTrue();
    }

    [Fact]
    public void A_blob_that_is_whole_and_another_one_is_seen()
    {
        using var digest = new SegmentDigest(Bytes.Length, new byte[32]);
        digest.Append(Bytes);
        digest.Complete().ShouldBeFalse();
    }

    [Fact]
    public void An_item_of_another_store_pack_offset_or_stream_does_not_verify()
    {
        Write(out var section, out var snapshot);
        var item = Item(snapshot);
        Fault(SegmentSamples.OtherNode, snapshot, SegmentSamples.Orders).ShouldBe(StoreFault.ChecksumMismatch);
        Fault(SegmentSamples.Store, snapshot with { Offset = snapshot.Offset + 1 }, SegmentSamples.Orders).ShouldBe(StoreFault.ChecksumMismatch);
        Fault(SegmentSamples.Store, snapshot with { Checksum = section.Item.Checksum }, SegmentSamples.Orders).ShouldBe(StoreFault.ChecksumMismatch);
        Fault(SegmentSamples.Store, snapshot with { Blob = new BlobId(SegmentSamples.Node, 1) }, SegmentSamples.Orders).ShouldBe(StoreFault.ChecksumMismatch);
        Fault(SegmentSamples.Store, snapshot with { Length = snapshot.Length - 1 }, SegmentSamples.Orders).ShouldBe(StoreFault.Truncated);
        Fault(SegmentSamples.Store, snapshot, SegmentSamples.Other).ShouldBe(StoreFault.Foreign);
        Should.Throw<StoreFormatException>(() => PackItem.ReadSnapshot(Item(section.Item), SegmentSamples.Store, section.Item, SegmentSamples.Orders))
            .Fault.ShouldBe(StoreFault.Incoherent);

        StoreFault Fault(Guid store, PackRef reference, StreamId stream) =>
            Should.Throw<StoreFormatException>(() => PackItem.ReadSnapshot(item, store, reference, stream)).Fault;
    }

    [Fact]
    public void Whatever_an_item_holds_under_a_checksum_that_agrees_reading_ends_or_is_refused()
    {
        Write(out var section, out var snapshot);
        var random = new Random(11);
        for (var round = 0; round < 20_000; round++)
        {
            var reference = round % 2 == 0 ? section.Item : snapshot;
            var item = Item(reference).ToArray();
            for (var i = random.Next(1, 4); i > 0; i--)
                item[random.Next(PackItem.HeaderLength, item.Length)] = (byte)random.Next(256);

            // Whoever can write to a store can compute checksums. That of the inner records stops most of it; sections have none.
            var checksum = PackItem.Checksum([item.AsMemory(PackItem.HeaderLength)], item, SegmentSamples.Place, reference.Offset);
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(item.AsSpan(4), checksum);
            reference = reference with { Checksum = checksum };
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                if (round % 2 == 0)
                    PackItem.ReadSection(item, SegmentSamples.Store, section with { Item = reference }, SegmentSamples.Orders);
                else
                    PackItem.ReadSnapshot(item, SegmentSamples.Store, reference, SegmentSamples.Orders);
            }
            catch (StoreFormatException)
            {
                // As it should.
            }

            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000_000);
        }
    }

    [Fact]
    public void Ten_thousand_snapshots_share_a_pack()
    {
        const int Count = 10_000;
        using var builder = new PackBuilder(SegmentSamples.Place, SegmentSamples.Now);
        var refs = new PackRef[Count];
        for (var i = 0; i < Count; i++)
            refs[i] = builder.Add(new Snapshot(CheckpointSamples.Stream($"s{i}", i + 1), SegmentList.Empty));

        var length = builder.Length;
        var finished = builder.Complete();
        var bytes = finished.Content.ToArray();
        bytes.Length.ShouldBe((int)length);
        finished.Parts.ShouldBe(refs);
        for (var i = 0; i < Count; i += 777)
        {
            var item = bytes.AsMemory(refs[i].Offset, refs[i].Length);
            var read = PackItem.ReadSnapshot(item, SegmentSamples.Store, refs[i], new StreamId((UInt128)(i + 1)));
            read.Stream.Entry!.Name.Value.ShouldBe($"s{i}");
        }
    }

    [Fact]
    public void A_snapshot_with_every_table_at_its_largest_is_written_and_read()
    {
        var results = Enumerable.Range(0, CheckpointFormat.MaxResults).Select(i => new ProducerResult(i, 1)).ToArray();
        var stream = CheckpointSamples.Stream("s", 1);
        stream = stream with
        {
            State = stream.State with
            {
                Tail = 20_000,
                Offloaded = 20_000,
                Terms = [.. Enumerable.Range(1, 10_000).Select(term => new TermStart(term, 0, term - 1))],
                Producers = [.. Enumerable.Range(0, 4_096).Select(i => new ProducerCheckpoint(new string('p', 60) + i, 1, 2, 3, results))],
            },
        };
        using var builder = new PackBuilder(SegmentSamples.Place, SegmentSamples.Now);
        var reference = builder.Add(new Snapshot(stream, SegmentList.Empty));
        var item = builder.Complete().Content.Slice(reference.Offset, reference.Length).ToArray();

        var read = PackItem.ReadSnapshot(item, SegmentSamples.Store, reference, stream.State.Id);
        read.Stream.State.Terms.ShouldBe(stream.State.Terms);
        read.Stream.State.Producers.Count.ShouldBe(4_096);
    }

    private static bool Holds(byte[] bytes)
    {
        using var digest = new SegmentDigest(bytes.Length, []);
        digest.Append(bytes);
        return digest.Complete();
    }

    private static ReadOnlyMemory<byte> Item(in PackRef item) => Bytes.AsMemory(item.Offset, item.Length);

    private static byte[] Write(out SectionRef section, out PackRef snapshot)
    {
        using var builder = new PackBuilder(SegmentSamples.Place, SegmentSamples.Now);
        section = builder.Add(SegmentSamples.Section);
        snapshot = builder.Add(SegmentSamples.Snapshot(section));
        return builder.Complete().Content.ToArray();
    }
}
