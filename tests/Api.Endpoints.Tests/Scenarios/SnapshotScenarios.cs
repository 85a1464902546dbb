using Orleans.Log.Testing.Conformance;

namespace Orleans.Log.Api.Endpoints.Tests.Scenarios;

/// <summary>Snapshots, on logs that have a blob store.</summary>
public abstract class SnapshotScenarios<TFactory> : EndpointScenarios<TFactory>
    where TFactory : ILogServiceFactory, new()
{
    private const string Snapshots = Stream + "/snapshots";

    [Fact]
    public async Task A_snapshot_is_answered_once_it_is_published()
    {
        await AppendAsync("a", "b");
        (await Server.GetAsync(Snapshots)).Text.ShouldBe("""{"snapshots":[]}""");
        (await Server.GetAsync(Stream)).Json.GetProperty("offloaded").GetInt64().ShouldBe(0);

        var made = await Server.PostAsync(Snapshots, null);
        made.Status.ShouldBe(200, made.Text);
        made.Headers["Cache-Control"].ShouldBe("no-store");
        var snapshot = made.Json;
        snapshot.GetProperty("lsn").GetInt64().ShouldBe(2);
        snapshot.GetProperty("term").GetInt64().ShouldBeGreaterThan(0);
        snapshot.GetProperty("at").GetDateTimeOffset().ShouldBe(Time.GetUtcNow());
        snapshot.GetProperty("bytes").GetInt64().ShouldBeGreaterThan(0);

        (await Server.GetAsync(Stream)).Json.GetProperty("offloaded").GetInt64().ShouldBe(2);
        var list = (await Server.GetAsync(Snapshots)).Json.GetProperty("snapshots");
        list[0].ToString().ShouldBe(made.Text);
        (await Server.PostAsync(Snapshots, Body.Json("{}"))).Text.ShouldBe(made.Text);
    }

    [Fact]
    public async Task A_store_that_is_away_can_be_asked_again()
    {
        Server.Log.OnSnapshot = () => throw new LogException(LogErrorCode.StoreUnavailable, "The blob store cannot be reached.");
        (await Server.PostAsync(Snapshots, null)).ShouldBeProblem(503, "store_unavailable");

        Server.Log.OnSnapshot = null;
        (await Server.PostAsync(Snapshots, null)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_snapshot_that_takes_too_long_goes_on()
    {
        var asked = new TaskCompletionSource();
        var published = new TaskCompletionSource();
        Server.Log.OnSnapshot = () =>
        {
            asked.SetResult();
            return published.Task;
        };
        var call = Server.PostAsync(Snapshots, null);
        await asked.Task;
        await Time.TimerArmedAsync(TimeSpan.FromSeconds(30));
        Time.Advance(TimeSpan.FromSeconds(30));
        (await call).ShouldBeProblem(504, "timed_out");

        published.SetResult();
        Server.Log.OnSnapshot = null;
        (await Server.PostAsync(Snapshots, null)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task What_a_snapshot_has_no_use_for_is_refused()
    {
        (await Server.PostAsync(Snapshots, Body.Json("""{"lsn":1}"""))).ShouldBeProblem(400, "bad_request");
        (await Server.PostAsync(Snapshots, null, ("If-Match", "\"0\""))).ShouldBeProblem(400, "bad_request");
        (await Server.GetAsync(Snapshots + "?limit=1")).ShouldBeProblem(400, "bad_request");
        (await Server.PostAsync("/v1/streams/none/snapshots", null)).ShouldBeProblem(404, "stream_not_found");
        (await Server.GetAsync("/v1/streams/none/snapshots")).ShouldBeProblem(404, "stream_not_found");
        (await Server.SendAsync("DELETE", Snapshots)).ShouldBeProblem(405, "bad_request");
    }
}
