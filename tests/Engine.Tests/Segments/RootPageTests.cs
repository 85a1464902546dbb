using System.Buffers.Binary;
using Orleans.Log.Engine.Segments;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Segments;

/// <summary>The bytes of docs/FORMAT.md §14, and what may be done with them. The golden file was written by an independent program from that page.</summary>
public sealed class RootPageTests
{
    private static readonly byte[] Bytes = Golden.Read("Segments/root-page-1.hex");

    private static readonly Guid Gone = new("f0000000-0000-0000-0000-000000000000");

    private static readonly RootEntry Orders = new(
        new StreamId(5), StreamName.Parse("orders"), SegmentSamples.Owner, 1, 4, 100, 250, 77, new WalPosition(3, 12_288), true, new PackRef(new BlobId(SegmentSamples.Node, 0x1234), 64, 500, 0xCAFEBABE));

    private static readonly RootEntry Far = new(
        new StreamId(5 + 64 + (UInt128.One << 127)),
        StreamName.Parse(new string('s', 256)),
        SegmentSamples.Owner with { Node = SegmentSamples.OtherNode },
        2,
        Limits.Position,
        0,
        0,
        0,
        default,
        false,
        new PackRef(new BlobId(SegmentSamples.OtherNode, 1), 64, 17, 1));

    [Fact]
    public void A_page_is_written_as_published() => Nth(9).ToBytes().ShouldBe(Bytes);

    [Fact]
    public void A_page_is_read_as_published()
    {
        var page = RootPage.Read(Bytes, SegmentSamples.Store, 5);
        page.Entries.ShouldBe([Orders, Far]);
        page.Retired.ShouldBe([SegmentSamples.OtherNode, Gone]);
        (page.Sequence, page.Number, page.WrittenAt).ShouldBe((9, 5, SegmentSamples.Now));
        page.Find(Orders.Id).ShouldBe(Orders);
        page.Find(Far.Id).ShouldBe(Far);
        page.Find(new StreamId(69)).ShouldBeNull();
    }

    [Fact]
    public void Every_flipped_bit_and_every_cut_is_seen()
    {
        var bytes = Bytes.ToArray();
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Should.Throw<StoreFormatException>(() => RootPage.Read(bytes, SegmentSamples.Store, 5), $"bit {bit}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        for (var length = 0; length < bytes.Length; length++)
            Should.Throw<StoreFormatException>(() => RootPage.Read(bytes.AsSpan(0, length), SegmentSamples.Store, 5), $"length {length}");

        Should.Throw<StoreFormatException>(() => RootPage.Read([.. bytes, 0], SegmentSamples.Store, 5));
    }

    [Theory]
    [InlineData(12)] // length
    [InlineData(40)] // number of entries
    [InlineData(44)] // number of retired nodes
    [InlineData(158)] // length of the first name
    public void A_hostile_length_is_refused_before_memory_is_taken(int field)
    {
        foreach (var hostile in new[] { -1, int.MinValue, int.MaxValue, 65_535, 100_000_000 })
        {
            // With a checksum that agrees: whoever can write to a store can compute one.
            var bytes = Bytes.ToArray();
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(field), hostile);
            bytes.AsSpan(8, 4).Clear();
            StoreFormat.Seal(bytes, BinaryPrimitives.ReadUInt32LittleEndian(bytes), 1);

            var before = GC.GetAllocatedBytesForCurrentThread();
            Should.Throw<StoreFormatException>(() => RootPage.Read(bytes, SegmentSamples.Store, 5));
            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000_000);
        }
    }

    [Fact]
    public void A_page_of_another_store_or_number_is_refused()
    {
        Should.Throw<StoreFormatException>(() => RootPage.Read(Bytes, SegmentSamples.Node, 5)).Fault.ShouldBe(StoreFault.Foreign);
        Should.Throw<StoreFormatException>(() => RootPage.Read(Bytes, SegmentSamples.Store, 4)).Fault.ShouldBe(StoreFault.Foreign);
    }

    [Fact]
    public void A_change_keeps_what_it_does_not_name()
    {
        var page = Nth(2).Change(SegmentSamples.Now, put: [Orders with { Head = 120 }], remove: [Far.Id, new StreamId(5 + 128)]);
        page.Entries.ShouldBe([Orders with { Head = 120 }]);
        page.Sequence.ShouldBe(3);
        page.Change(SegmentSamples.Now, put: [Far]).Entries.ShouldBe([Orders with { Head = 120 }, Far]);
        page.Change(SegmentSamples.Now, retire: Gone).Retired.ShouldBe([SegmentSamples.OtherNode, Gone]);
    }

    [Fact]
    public void A_stream_of_another_page_and_a_stream_that_comes_twice_are_refused()
    {
        var page = RootPage.Empty(SegmentSamples.Store, 5, SegmentSamples.Now);
        Should.Throw<InvalidOperationException>(() => page.Change(0, put: [Orders with { Id = new StreamId(6) }]));
        Should.Throw<InvalidOperationException>(() => page.Change(0, put: [Orders, Orders]));
    }

    [Fact]
    public void A_hundred_thousand_streams_fit_and_are_found()
    {
        const int Streams = 100_000 / RootPage.Count;
        var entries = Enumerable.Range(0, Streams).Select(i => Far with { Id = new StreamId(((UInt128)i << 90) + 5) }).ToArray();
        new Random(3).Shuffle(entries);
        var page = RootPage.Empty(SegmentSamples.Store, 5, SegmentSamples.Now).Change(SegmentSamples.Now, put: entries);

        var read = RootPage.Read(page.ToBytes(), SegmentSamples.Store, 5);

        read.Entries.Count.ShouldBe(Streams);
        foreach (var entry in entries)
            read.Find(entry.Id).ShouldBe(entry);
    }

    [Fact]
    public void A_stream_belongs_to_the_page_of_its_first_byte_on_disk()
    {
        Span<byte> id = stackalloc byte[16];
        for (var first = 0; first < 256; first++)
        {
            id[0] = (byte)first;
            RootPage.NumberOf(StreamId.FromBytes(id)).ShouldBe(first & 63);
        }

        RootPage.NameOf(63).Value.ShouldBe("roots/3f");
    }

    private static RootPage Nth(long sequence)
    {
        var page = RootPage.Empty(SegmentSamples.Store, 5, SegmentSamples.Now)
            .Change(SegmentSamples.Now, put: [Far, Orders], retire: SegmentSamples.OtherNode);
        while (page.Sequence < sequence)
            page = page.Change(SegmentSamples.Now, retire: Gone);

        return page;
    }
}
