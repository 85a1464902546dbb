using System.Text.Json;
using Orleans.Log.Grains.Homes;
using Orleans.Log.Grains.Nodes;

namespace Orleans.Log.Grains.Tests;

/// <summary>The values of docs/FORMAT.md §18, to the byte: what one version writes every later one must read.</summary>
public sealed class MetadataFormatTests
{
    private static readonly Guid Node = Guid.Parse("11111111-2222-3333-4444-555555555555");
    private static readonly Guid Wal = Guid.Parse("66666666-7777-8888-9999-aaaaaaaaaaaa");

    [Fact]
    public void The_home_of_a_stream() =>
        ShouldBe(
            new StreamHome("0123456789abcdef0123456789abcdef", Node, Wal, StreamStage.Ready, 1, 7, 3, 12, 1_700_000_000_000, Wal),
            """{"id":"0123456789abcdef0123456789abcdef","node":"11111111-2222-3333-4444-555555555555","wal":"66666666-7777-8888-9999-aaaaaaaaaaaa","stage":"Ready","generation":1,"term":7,"head":3,"tail":12,"created_at":1700000000000,"created_by":"66666666-7777-8888-9999-aaaaaaaaaaaa"}""",
            MetadataJson.Default.StreamHome);

    [Fact]
    public void The_record_of_a_node() =>
        ShouldBe(
            new NodeRecord(Node, Wal, NodeStage.Running, "127.0.0.1:11111@1", "silo-1", 42, 1_700_000_000_000, new NodeLoad(5, 1000, 4096, 10, 1.5, Ready: true)),
            """{"node":"11111111-2222-3333-4444-555555555555","wal":"66666666-7777-8888-9999-aaaaaaaaaaaa","stage":"Running","silo":"127.0.0.1:11111@1","silo_name":"silo-1","renewal":42,"at":1700000000000,"load":{"streams":5,"wal_bytes":1000,"wal_budget_bytes":4096,"lag_bytes":10,"lag_seconds":1.5,"ready":true}}""",
            MetadataJson.Default.NodeRecord);

    [Theory]
    [InlineData("""{"id":"0123456789abcdef0123456789abcdef"}""")]
    [InlineData("""{"id":"x","node":"11111111-2222-3333-4444-555555555555","wal":"66666666-7777-8888-9999-aaaaaaaaaaaa","stage":"Ready","generation":1,"term":7,"head":3,"tail":12,"created_at":1,"created_by":"66666666-7777-8888-9999-aaaaaaaaaaaa"}""")]
    [InlineData("""{"id":"0123456789abcdef0123456789abcdef","node":"11111111-2222-3333-4444-555555555555","wal":"66666666-7777-8888-9999-aaaaaaaaaaaa","stage":"Elsewhere","generation":1,"term":7,"head":3,"tail":12,"created_at":1,"created_by":"66666666-7777-8888-9999-aaaaaaaaaaaa"}""")]
    public void What_lacks_a_member_or_has_one_that_means_nothing_is_not_read(string text) =>
        Should.Throw<Exception>(() => JsonSerializer.Deserialize(text, MetadataJson.Default.StreamHome)).ShouldBeAssignableTo<Exception>().ShouldSatisfyAllConditions(
            error => (error is JsonException or FormatException).ShouldBeTrue(error.ToString()));

    private static void ShouldBe<T>(T value, string text, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        JsonSerializer.Serialize(value, type).ShouldBe(text);
        JsonSerializer.Deserialize(text[..^1] + ",\"of_a_later_version\":[1]}", type).ShouldBe(value);
    }
}
