using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Metadata;
using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Tests.Metadata;

/// <summary>The bytes and names of docs/FORMAT.md §17. The golden file was written by an independent program from that page.</summary>
public sealed class MetadataFormatTests
{
    private const string Cluster = "Prod.eu-1";
    private static readonly byte[] Golden = Tests.Golden.Read("Metadata/metadata-value-1.hex");

    private static readonly MetadataFrame Frame = new()
    {
        Cluster = Cluster,
        Key = new MetadataKey("streams/Orders_1"),
        Nonce = new Guid("00112233-4455-6677-8899-aabbccddeeff"),
        Replaces = MetadataFrame.DigestOf(new MetadataVersion("3-1122334455667788")),
        WrittenAt = 1_795_000_000_000,
        Value = "hello"u8.ToArray(),
    };

    [Fact]
    public void A_value_is_written_as_published() => Frame.ToBytes().ShouldBe(Golden);

    [Fact]
    public void A_value_is_read_as_published()
    {
        var read = MetadataFrame.Read(Golden, Cluster);
        read.Value.ToArray().ShouldBe("hello"u8.ToArray());
        (read with { Value = Frame.Value }).ShouldBe(Frame);
    }

    [Fact]
    public void Every_flipped_bit_and_every_cut_is_seen()
    {
        var bytes = (byte[])Golden.Clone();
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Should.Throw<StoreFormatException>(() => MetadataFrame.Read(bytes, Cluster), $"bit {bit}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        for (var length = 0; length < bytes.Length; length++)
            Should.Throw<StoreFormatException>(() => MetadataFrame.Read(bytes.AsSpan(0, length), Cluster), $"length {length}");

        Should.Throw<StoreFormatException>(() => MetadataFrame.Read([.. bytes, 0], Cluster));
    }

    [Fact]
    public void A_value_of_another_cluster_or_of_a_newer_version_says_so()
    {
        Should.Throw<StoreFormatException>(() => MetadataFrame.Read(Golden, "prod.eu-1")).Fault.ShouldBe(StoreFault.Foreign);

        var newer = (byte[])Golden.Clone();
        newer[4] = 2;
        Should.Throw<StoreFormatException>(() => MetadataFrame.Read(newer, Cluster)).Fault.ShouldBe(StoreFault.UnsupportedVersion);
    }

    [Fact]
    public void Blobs_have_the_published_names()
    {
        new MetadataNames(Cluster).Of(Frame.Key).Value.ShouldBe("meta/-prod-0eu-21/streams/528bf609fadbb51aabfd32d20a70665954635d57d8ced29ff8688d78b09b6342");
        new MetadataNames("a_b").PrefixOf("nodes").ShouldBe("meta/a-1b/nodes/");

        var longest = new MetadataKey(new string('a', MetadataKey.MaxAreaLength) + "/" + new string('~', MetadataKey.MaxLength - MetadataKey.MaxAreaLength - 1));
        new MetadataNames(new string('Z', BlobMetadataStoreOptions.MaxClusterLength)).Of(longest).Value.Length.ShouldBeLessThanOrEqualTo(BlobName.MaxLength);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nodes")]
    [InlineData("nodes/")]
    [InlineData("/a")]
    [InlineData("Nodes/a")]
    [InlineData("no_des/a")]
    [InlineData("nodes/a b")]
    [InlineData("nodes/\n")]
    [InlineData("nodes/\u00e4")]
    [InlineData("an-area-with-more-than-32-charact/a")]
    public void Hostile_keys_are_none(string key) => Should.Throw<ArgumentException>(() => new MetadataKey(key));

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("\u00e4")]
    [InlineData("a-name-with-more-than-48-characters-is-too-long-to-be-one")]
    public void A_store_without_a_name_that_can_be_is_not_made(string cluster) =>
        Should.Throw<ArgumentException>(() => new BlobMetadataStore(new MemoryBlobStore(), new BlobMetadataStoreOptions { Cluster = cluster }));
}
