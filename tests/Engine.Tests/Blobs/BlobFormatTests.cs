using Orleans.Log.Engine.Blobs;

namespace Orleans.Log.Engine.Tests.Blobs;

/// <summary>The bytes of docs/FORMAT.md §16. The files were written by an independent program from that page.</summary>
public sealed class BlobFormatTests
{
    private static readonly BlobFileHeader Header = new(3, 0x1122334455667788, 5);

    [Fact]
    public void The_mark_of_a_store_is_written_as_published()
    {
        var bytes = Dirty(BlobStoreMark.Length);
        BlobStoreMark.WriteTo(bytes);
        bytes.ShouldBe(Golden.Read("Blobs/store-mark-1.hex"));
    }

    [Fact]
    public void The_header_of_a_blob_is_written_and_read_as_published()
    {
        var golden = Golden.Read("Blobs/blob-1.hex");
        var bytes = Dirty(BlobFileHeader.Length);
        Header.WriteTo(bytes);

        bytes.ShouldBe(golden[..BlobFileHeader.Length]);
        BlobFileHeader.TryRead(golden, golden.Length, out _).ShouldBe(Header);
        Header.Version.ShouldBe(new BlobVersion("3-1122334455667788"));
    }

    [Fact]
    public void A_header_with_any_wrong_bit_is_no_header()
    {
        for (var bit = 0; bit < BlobFileHeader.Length * 8; bit++)
        {
            var bytes = Golden.Read("Blobs/blob-1.hex");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            BlobFileHeader.TryRead(bytes, bytes.Length, out var reason).ShouldBeNull($"bit {bit}");
            reason.ShouldNotBeEmpty();
        }
    }

    [Theory]
    [InlineData("roots/00", 15)]
    [InlineData("roots/3f", 62)]
    [InlineData("store", 46)]
    public void The_lock_of_a_name_is_the_same_in_every_version(string name, int shard) =>
        BlobFileNames.ShardOf(new BlobName(name)).ShouldBe(shard);

    [Theory]
    [InlineData("a")]
    [InlineData("segments/0123456789abcdef/0000000000000001")]
    [InlineData("a.b-c/.d/e..f/-")]
    [InlineData("...a")]
    public void Names_are_taken_as_they_are(string name)
    {
        new BlobName(name).Value.ShouldBe(name);
        BlobName.TryParse(name, out var parsed).ShouldBeTrue();
        parsed.ToString().ShouldBe(name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../a")]
    [InlineData("a/..")]
    [InlineData("a/../../etc/passwd")]
    [InlineData("a/./b")]
    [InlineData("...")]
    [InlineData("a.")]
    [InlineData("a./b")]
    [InlineData("A")]
    [InlineData("a b")]
    [InlineData("a_blob")]
    [InlineData("a\\b")]
    [InlineData("a:b")]
    [InlineData("a%2fb")]
    [InlineData("a?b")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("ä")]
    [InlineData("a\u2215b")]
    public void Hostile_names_are_none(string name)
    {
        Should.Throw<ArgumentException>(() => new BlobName(name));
        BlobName.TryParse(name, out _).ShouldBeFalse();
    }

    [Fact]
    public void A_name_has_at_most_200_characters()
    {
        BlobName.TryParse(new string('a', 200), out _).ShouldBeTrue();
        BlobName.TryParse(new string('a', 201), out _).ShouldBeFalse();
        BlobName.TryParse(null, out _).ShouldBeFalse();
    }

    private static byte[] Dirty(int length)
    {
        var bytes = new byte[length];
        bytes.AsSpan().Fill(0xEE);
        return bytes;
    }
}
