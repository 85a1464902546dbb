namespace Orleans.Log.Api.Endpoints.Tests;

/// <summary>Who holds the streams, over HTTP.</summary>
public sealed class ClusterTests
{
    private static readonly NodeDescription Ready = new(
        new Guid(1, 2, 3, new byte[8]), new Guid(4, 5, 6, new byte[8]), NodeCondition.Ready, "10.0.0.5:1@2", DateTimeOffset.UnixEpoch, 12, 1000, 4000, 300, TimeSpan.FromSeconds(1.5));

    [Fact]
    public async Task Members_and_nodes_are_described_and_what_is_not_known_is_absent()
    {
        await using var server = await LogServer.StartAsync();
        var away = new NodeDescription(Guid.Empty, Guid.Empty, NodeCondition.Away, null, DateTimeOffset.UnixEpoch, 0, 0, null, null, null);
        server.View.Cluster = new ClusterDescription("log", [new MemberDescription("10.0.0.5:1@2", "silo-0", "active")], [Ready, away]);

        var reply = await server.GetAsync("/v1/cluster");

        reply.Status.ShouldBe(200);
        reply.Headers["Cache-Control"].ShouldBe("no-store");
        reply.Text.ShouldBe(
            """{"id":"log","members":[{"address":"10.0.0.5:1@2","name":"silo-0","state":"active"}],"nodes":["""
            + """{"id":"00000001000200030000000000000000","wal_id":"00000004000500060000000000000000","state":"ready","member":"10.0.0.5:1@2","seen_at":"1970-01-01T00:00:00+00:00" """.TrimEnd()
            + ""","streams":12,"wal_bytes":1000,"wal_budget_bytes":4000,"lag_bytes":300,"lag_seconds":1.5},"""
            + """{"id":"00000000000000000000000000000000","wal_id":"00000000000000000000000000000000","state":"away","seen_at":"1970-01-01T00:00:00+00:00","streams":0,"wal_bytes":0}]}""");
    }

    [Theory]
    [InlineData(NodeCondition.Ready, "ready")]
    [InlineData(NodeCondition.NotReady, "not_ready")]
    [InlineData(NodeCondition.Stopped, "stopped")]
    [InlineData(NodeCondition.Away, "away")]
    [InlineData(NodeCondition.Replaced, "replaced")]
    public async Task A_node_is_found_by_its_id_and_says_what_it_is_up_to(NodeCondition condition, string state)
    {
        await using var server = await LogServer.StartAsync();
        server.View.Cluster = new ClusterDescription("log", [], [Ready with { State = condition }]);

        var node = (await server.GetAsync("/v1/nodes/00000001000200030000000000000000")).Json;

        node.GetProperty("state").GetString().ShouldBe(state);
        node.GetProperty("streams").GetInt64().ShouldBe(12);
    }

    [Fact]
    public async Task Another_id_is_404_and_what_is_no_id_is_refused()
    {
        await using var server = await LogServer.StartAsync();

        (await server.GetAsync($"/v1/nodes/{Guid.NewGuid():N}")).ShouldBeProblem(404, "bad_request").GetProperty("reason").GetString().ShouldBe("no_such_node");
        (await server.GetAsync("/v1/nodes/first")).ShouldBeProblem(400, "bad_request");
        (await server.GetAsync("/v1/cluster?all=1")).ShouldBeProblem(400, "bad_request");
    }

    [Fact]
    public async Task A_host_that_cannot_say_lacks_the_routes()
    {
        await using var server = await LogServer.StartAsync(hasView: false);

        (await server.GetAsync("/v1/cluster")).ShouldBeProblem(404, "bad_request").GetProperty("reason").GetString().ShouldBe("no_such_route");
    }
}
