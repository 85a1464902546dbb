using Orleans.Log.Engine.Catalog;
using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Catalog;

public sealed class CatalogBodyTests
{
    private static readonly StreamId Id = new(new UInt128(0x1122334455667788, 0x99AABBCCDDEEFF00));

    private static readonly StreamConfig Config = new()
    {
        MaxRecordBytes = 4096,
        ProducerExpiry = TimeSpan.FromMinutes(5),
        Labels = StreamConfig.Default.Labels.Add("team", "búho").Add("a", ""),
    };

    [Fact]
    public void Created_has_the_bytes_of_the_page()
    {
        var created = new StreamCreated(Id, StreamName.Parse("orders:eu"), Config);

        Hex(created).ShouldBe(
            "00FFEEDDCCBBAA998877665544332211" + "0900" + "6F72646572733A6575"
            + "0100" + "00100000" + "005ED0B200000000" + "0200" + "01000000" + "61" + "04000500" + "7465616D" + "62C3BA686F");
        StreamCreated.Read(Convert.FromHexString(Hex(created))).ShouldBe(created);
    }

    [Fact]
    public void Retention_has_the_bytes_of_the_page()
    {
        var config = Config with { RetentionAge = TimeSpan.FromHours(1), RetentionRecords = 1_000_000 };
        var configured = new StreamConfigured(Id, 5, config);

        Hex(configured).ShouldBe(
            "00FFEEDDCCBBAA998877665544332211" + "0500000000000000"
            + "0200" + "00100000" + "005ED0B200000000" + "0068C46108000000" + "0000000000000000" + "40420F0000000000"
            + "0200" + "01000000" + "61" + "04000500" + "7465616D" + "62C3BA686F");
        StreamConfigured.Read(Convert.FromHexString(Hex(configured))).ShouldBe(configured);
    }

    [Fact]
    public void Timestamp_lead_has_the_bytes_of_the_page()
    {
        var config = Config with { TimestampLead = TimeSpan.FromMinutes(5), RetentionRecords = 1_000_000 };
        var configured = new StreamConfigured(Id, 5, config);

        Hex(configured).ShouldBe(
            "00FFEEDDCCBBAA998877665544332211" + "0500000000000000"
            + "0300" + "00100000" + "005ED0B200000000" + "0000000000000000" + "0000000000000000" + "40420F0000000000" + "005ED0B200000000"
            + "0200" + "01000000" + "61" + "04000500" + "7465616D" + "62C3BA686F");
        StreamConfigured.Read(Convert.FromHexString(Hex(configured))).ShouldBe(configured);
    }

    [Theory]
    [InlineData(0, "an age below a minute")]
    [InlineData(8, "a negative size")]
    [InlineData(16, "a negative number of records")]
    public void Retention_out_of_its_bounds_is_refused(int offset, string why)
    {
        var config = StreamConfig.Default with { RetentionAge = TimeSpan.FromHours(1), RetentionBytes = 1, RetentionRecords = 1 };
        var body = Convert.FromHexString(Hex(new StreamConfigured(Id, 1, config)));
        body.AsSpan(38 + offset, 8).Fill(0xFF);

        Should.Throw<InvalidDataException>(() => StreamConfigured.Read(body), why);
    }

    [Fact]
    public void Configured_has_the_bytes_of_the_page()
    {
        var configured = new StreamConfigured(Id, 5, StreamConfig.Default);

        Hex(configured).ShouldBe("00FFEEDDCCBBAA998877665544332211" + "0500000000000000" + "0100" + "00001000" + "0040E42880050000" + "0000");
        StreamConfigured.Read(Convert.FromHexString(Hex(configured))).ShouldBe(configured);
    }

    [Fact]
    public void Deleted_has_the_bytes_of_the_page()
    {
        Hex(new StreamDeleted(Id)).ShouldBe("00FFEEDDCCBBAA998877665544332211");
        StreamDeleted.Read(Convert.FromHexString("00FFEEDDCCBBAA998877665544332211")).Id.ShouldBe(Id);
    }

    [Fact]
    public void The_longest_configuration_is_read_back()
    {
        var labels = StreamConfig.Default.Labels;
        for (var i = 0; i < Limits.Labels; i++)
            labels = labels.Add(new string('\u20AC', Limits.LabelLength - 2) + i.ToString("d2"), new string('\u20AC', Limits.LabelLength));

        var created = new StreamCreated(Id, StreamName.Parse(new string('n', Limits.StreamNameLength)), new StreamConfig { Labels = labels, RetentionBytes = Limits.Position });

        StreamConfigCodec.Measure(created.Config).ShouldBeLessThanOrEqualTo(StreamConfigCodec.MaxLength);
        StreamCreated.Read(Convert.FromHexString(Hex(created))).ShouldBe(created);
    }

    [Fact]
    public void A_body_that_is_cut_or_too_long_is_refused()
    {
        var body = Convert.FromHexString(Hex(new StreamCreated(Id, StreamName.Parse("s"), Config)));
        for (var length = 0; length < body.Length; length++)
            Should.Throw<InvalidDataException>(() => StreamCreated.Read(body.AsSpan(0, length)));

        Should.Throw<InvalidDataException>(() => StreamCreated.Read([.. body, 0]));
    }

    [Theory]
    [InlineData(16, 0xFF, "a name longer than a name can be")]
    [InlineData(18, (byte)'/', "a name that is none")]
    [InlineData(19, 0x03, "another layout")]
    [InlineData(33, 0xFF, "more labels than possible")]
    public void A_field_out_of_its_bounds_is_refused(int offset, byte value, string why)
    {
        var body = Convert.FromHexString(Hex(new StreamCreated(Id, StreamName.Parse("s"), Config)));
        body[offset] = value;

        Should.Throw<InvalidDataException>(() => StreamCreated.Read(body), why);
    }

    private static string Hex<TBody>(TBody body)
        where TBody : struct, IWalBody
    {
        var bytes = new byte[body.Length];
        bytes.AsSpan().Fill(0xEE);
        body.WriteTo(bytes);
        return Convert.ToHexString(bytes);
    }
}
