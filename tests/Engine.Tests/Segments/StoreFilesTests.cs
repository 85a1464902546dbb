using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Tests.Segments;

/// <summary>The bytes of docs/FORMAT.md §15 and the names of §10. The golden file was written by an independent program from that page.</summary>
public sealed class StoreFilesTests
{
    private static readonly byte[] Golden = Tests.Golden.Read("Segments/store-1.hex");

    private static readonly StoreHeader Header = new(SegmentSamples.Store, SegmentSamples.Now);

    private static readonly NodeRecord Record = new()
    {
        Store = SegmentSamples.Store,
        Replica = SegmentSamples.Owner,
        State = NodeState.Retired,
        ReplacedBy = SegmentSamples.OtherNode,
        Replaces = new Guid("f0000000-0000-0000-0000-000000000000"),
        Sequence = 3,
        WrittenAt = SegmentSamples.Now,
        Incarnation = 5,
    };

    private static readonly StoreBinding Binding = new(SegmentSamples.Store, SegmentSamples.Owner);

    public static TheoryData<string> Structures => ["store", "node", "binding"];

    [Fact]
    public void They_are_written_as_published() => ((byte[])[.. Header.ToBytes(), .. Record.ToBytes(), .. Binding.ToBytes()]).ShouldBe(Golden);

    [Fact]
    public void They_are_read_as_published()
    {
        Read("store", Golden[..64]).ShouldBe(Header);
        Read("node", Golden[64..192]).ShouldBe(Record);
        Read("binding", Golden[192..]).ShouldBe(Binding);
    }

    [Theory]
    [MemberData(nameof(Structures))]
    public void Every_flipped_bit_and_every_cut_is_seen(string structure)
    {
        var bytes = structure switch { "store" => Golden[..64], "node" => Golden[64..192], _ => Golden[192..] };
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Should.Throw<StoreFormatException>(() => Read(structure, bytes), $"bit {bit}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        for (var length = 0; length < bytes.Length; length++)
            Should.Throw<StoreFormatException>(() => Read(structure, bytes[..length]), $"length {length}");

        Should.Throw<StoreFormatException>(() => Read(structure, [.. bytes, 0]));
    }

    [Fact]
    public void A_newer_version_says_so()
    {
        var bytes = Header.ToBytes();
        bytes[4] = 2;
        Should.Throw<StoreFormatException>(() => StoreHeader.Read(bytes)).Fault.ShouldBe(StoreFault.UnsupportedVersion);
    }

    [Fact]
    public void A_record_of_another_node_or_store_is_refused()
    {
        Should.Throw<StoreFormatException>(() => NodeRecord.Read(Record.ToBytes(), SegmentSamples.Store, SegmentSamples.OtherNode)).Fault.ShouldBe(StoreFault.Foreign);
        Should.Throw<StoreFormatException>(() => NodeRecord.Read(Record.ToBytes(), SegmentSamples.Node, SegmentSamples.Node)).Fault.ShouldBe(StoreFault.Foreign);
    }

    [Fact]
    public void A_retired_node_says_who_replaced_it_and_an_active_one_does_not()
    {
        foreach (var wrong in new[] { Record with { ReplacedBy = null }, Record with { State = NodeState.Active } })
            Should.Throw<StoreFormatException>(() => Read("node", wrong.ToBytes())).Fault.ShouldBe(StoreFault.Incoherent);
    }

    [Fact]
    public void Blobs_are_named_by_node_and_attempt()
    {
        var id = new BlobId(SegmentSamples.Node, 0x1234);
        id.Segment.Value.ShouldBe("segments/101112131415161718191a1b1c1d1e1f/0000000000001234");
        id.Pack.Value.ShouldBe("snapshots/101112131415161718191a1b1c1d1e1f/0000000000001234");
        Record.Name.Value.ShouldBe("nodes/101112131415161718191a1b1c1d1e1f");
        id.Segment.Value.ShouldStartWith(BlobId.SegmentsOf(id.Node));
        id.Pack.Value.ShouldStartWith(BlobId.PacksOf(id.Node));
        foreach (var name in new[] { id.Segment.Value, id.Pack.Value })
        {
            BlobId.TryParse(name, out var parsed).ShouldBeTrue();
            parsed.ShouldBe(id);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("store")]
    [InlineData("roots/00")]
    [InlineData("nodes/101112131415161718191a1b1c1d1e1f")]
    [InlineData("segments/101112131415161718191a1b1c1d1e1f/0000000000000000")]
    [InlineData("segments/101112131415161718191a1b1c1d1e1f/8000000000000001")]
    [InlineData("segments/101112131415161718191A1B1C1D1E1F/0000000000001234")]
    [InlineData("segments/101112131415161718191a1b1c1d1e1f/1234")]
    [InlineData("segments/101112131415161718191a1b1c1d1e1/00000000000001234")]
    [InlineData("other/101112131415161718191a1b1c1d1e1f/0000000000001234")]
    [InlineData("segments/101112131415161718191a1b1c1d1e1f/0000000000001234/x")]
    public void Other_names_are_no_segments_and_no_packs(string? name) => BlobId.TryParse(name, out _).ShouldBeFalse();

    private static object Read(string structure, byte[] bytes) => structure switch
    {
        "store" => StoreHeader.Read(bytes),
        "node" => NodeRecord.Read(bytes, SegmentSamples.Store, SegmentSamples.Node),
        _ => StoreBinding.Read(bytes),
    };
}
