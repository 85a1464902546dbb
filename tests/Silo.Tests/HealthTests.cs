using Microsoft.Extensions.Diagnostics.HealthChecks;
using Orleans.Log.Engine;
using Orleans.Log.Engine.Wal;
using Orleans.Log.Silo.Health;

namespace Orleans.Log.Silo.Tests;

/// <summary>When a silo is ready, and what it says when it is not.</summary>
public sealed class HealthTests
{
    private static readonly StoreHealth Store = new(StoreState.Working, null, 10, TimeSpan.FromSeconds(3), 1, null, null);

    private static readonly LogNodeHealth Node = new(LogNodeStage.Running, null, WalAdmission.Admitted, true, true, 4096, 2, 0, null, null, Store);

    [Fact]
    public void A_node_at_work_is_ready()
    {
        var result = NodeCheck.Of(Node);

        result.Status.ShouldBe(HealthStatus.Healthy);
        result.Data["state"].ShouldBe("ready");
        result.Data["streams"].ShouldBe(2);
    }

    public static TheoryData<LogNodeHealth?, string> Unready => new()
    {
        { null, "not at work" },
        { Node with { Stage = LogNodeStage.Draining }, "draining" },
        { Node with { Stage = LogNodeStage.Stopped }, "stopped" },
        { Node with { Admission = WalAdmission.Full }, "full" },
        { Node with { Failure = "The disk said EIO." }, "The disk said EIO." },
    };

    [Theory]
    [MemberData(nameof(Unready), DisableDiscoveryEnumeration = true)]
    public void A_node_that_takes_no_appends_is_not_and_says_why(LogNodeHealth? health, string why)
    {
        var result = NodeCheck.Of(health);

        result.Status.ShouldBe(HealthStatus.Unhealthy);
        result.Description!.ShouldContain(why);
    }

    [Fact]
    public void Damage_is_shown_and_does_not_stop_the_others() => NodeCheck.Of(Node with { DamagedStreams = 1, CatalogDamage = "a name" }).Data["catalog_damage"].ShouldBe("a name");

    [Theory]
    [InlineData(StoreState.Attaching)]
    [InlineData(StoreState.Failing)]
    [InlineData(StoreState.Fenced)]
    [InlineData(StoreState.Refused)]
    public void A_silo_without_its_store_is_not_ready(StoreState state)
    {
        var result = StoreCheck.Of(Store with { State = state, Failure = "it is away" });

        result.Status.ShouldBe(HealthStatus.Unhealthy);
        result.Description.ShouldBe("it is away");
    }

    [Fact]
    public void With_the_store_it_is() => StoreCheck.Of(Store).Data["lag_seconds"].ShouldBe(3.0);
}
