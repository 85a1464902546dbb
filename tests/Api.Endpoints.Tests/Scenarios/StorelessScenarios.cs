using Orleans.Log.Testing.Conformance;

namespace Orleans.Log.Api.Endpoints.Tests.Scenarios;

/// <summary>A log without a blob store.</summary>
public abstract class StorelessScenarios<TFactory> : EndpointScenarios<TFactory>
    where TFactory : ILogServiceFactory, new()
{
    [Fact]
    public async Task Without_a_blob_store_there_are_no_snapshots()
    {
        (await Server.PostAsync(Stream + "/snapshots", null)).ShouldBeProblem(400, "bad_request").GetProperty("reason").GetString().ShouldBe("no_store");
        (await Server.GetAsync(Stream + "/snapshots")).Text.ShouldBe("""{"snapshots":[]}""");
    }
}
