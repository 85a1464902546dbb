using Orleans.Log.Testing;

namespace Orleans.Log.Api.Endpoints.Tests;

/// <summary>In a cluster, the node that holds a stream may be away.</summary>
public sealed class AwayTests
{
    [Fact]
    public async Task Its_streams_are_listed_as_not_available_and_everything_else_is_refused_for_now()
    {
        VolatileLogService log = null!;
        await using var server = await LogServer.StartAsync(log: time => Task.FromResult<ILogService>(log = new VolatileLogService(time)));
        await server.CreateAsync("here");
        await server.CreateAsync("there");
        log.SetAway(StreamName.Parse("there"), away: true);

        var listed = (await server.GetAsync("/v1/streams")).Json.GetProperty("streams").EnumerateArray().ToList();
        listed[0].TryGetProperty("available", out _).ShouldBeFalse("it is only said of one that is away");
        listed[1].GetProperty("available").GetBoolean().ShouldBeFalse();

        foreach (var reply in new[]
        {
            await server.GetAsync("/v1/streams/there"),
            await server.GetAsync("/v1/streams/there/records"),
            await server.PostAsync("/v1/streams/there/records", Body.Text("x")),
            await server.PostAsync("/v1/streams/there/seal", body: null),
        })
        {
            var problem = reply.ShouldBeProblem(503, "unavailable");
            problem.GetProperty("retryable").GetBoolean().ShouldBeTrue();
            problem.GetProperty("side_effects").GetString().ShouldBe("none");
            reply.Headers["Retry-After"].ShouldBe("1");
        }

        log.SetAway(StreamName.Parse("there"), away: false);
        (await server.PostAsync("/v1/streams/there/records", Body.Text("x"))).Status.ShouldBe(200);
    }
}
