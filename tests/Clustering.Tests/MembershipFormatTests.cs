using System.Text;
using Orleans.Log.Engine.Metadata;
using Orleans.Log.Clustering.Membership;
using Orleans.Runtime;

namespace Orleans.Log.Clustering.Tests;

/// <summary>The table as docs/FORMAT.md §19 has it; the golden file was written by hand from that page.</summary>
public sealed class MembershipFormatTests
{
    private static readonly byte[] Golden = Encoding.UTF8.GetBytes(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "membership-table-1.json")).TrimEnd());

    [Fact]
    public void A_table_is_read_and_written_as_published()
    {
        var table = MembershipRows.Read(Golden);
        Encoding.UTF8.GetString(table.ToBytes()).ShouldBe(Encoding.UTF8.GetString(Golden));

        (table.Version, table.Revision).ShouldBe((7, 9));
        var active = table.Find(SiloAddress.FromParsableString("127.0.0.1:12345@1"))!;
        active.Etag.ShouldBe("8");
        var entry = active.ToEntry();
        entry.Status.ShouldBe(SiloStatus.Active);
        entry.IAmAliveTime.ShouldBe(MembershipWorld.Noon.AddMilliseconds(250));
        table.Rows[1].ToEntry().SuspectTimes!.ShouldHaveSingleItem().Item2.ShouldBe(MembershipWorld.Noon.AddSeconds(1));
    }

    [Fact]
    public void A_row_that_is_written_gets_the_next_revision_and_takes_the_place_of_the_one_before()
    {
        var table = MembershipRows.Read(Golden);
        var entry = table.Rows[0].ToEntry();
        entry.Status = SiloStatus.Stopping;
        var next = table.With(entry, 8);

        (next.Version, next.Revision, next.Rows.Length).ShouldBe((8, 10, 2));
        next.Find(entry.SiloAddress)!.Etag.ShouldBe("10");
        next.Find(entry.SiloAddress)!.Status.ShouldBe(SiloStatus.Stopping);
    }

    [Fact]
    public async Task There_is_room_for_hundreds_of_silos()
    {
        await using var world = MembershipWorld.InFiles();
        var table = MembershipRows.Empty;
        for (var version = 1; version <= 400; version++)
        {
            var silo = world.NewSilo();
            silo.HostName = new string('h', 63);
            for (var i = 0; i < 3; i++)
                silo.AddSuspector(silo.SiloAddress, MembershipWorld.Noon);

            table = table.With(silo, version);
        }

        table.ToBytes().Length.ShouldBeLessThan(MetadataEntry.MaxValueLength);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"format\":2,\"version\":1,\"revision\":1,\"rows\":[]}")]
    [InlineData("{\"format\":1,\"version\":1,\"revision\":1,\"rows\":[{}]}")]
    [InlineData("[]")]
    public void What_is_no_table_is_refused(string text) => Should.Throw<InvalidDataException>(() => MembershipRows.Read(Encoding.UTF8.GetBytes(text)));
}
