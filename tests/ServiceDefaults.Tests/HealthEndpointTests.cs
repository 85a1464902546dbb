using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Orleans.Log.ServiceDefaults.Tests;

/// <summary>What orchestrators are told.</summary>
public sealed class HealthEndpointTests
{
    [Fact]
    public async Task A_service_with_nothing_wrong_is_ready_and_alive()
    {
        await using var service = await TestService.StartAsync();

        (await service.Http.GetStringAsync("/health")).ShouldBe("""{"ready":true,"checks":{"process":{"ready":true,"reason":null,"facts":{}}}}""");
        (await service.Http.GetStringAsync("/alive")).ShouldContain("\"ready\":true");
    }

    [Fact]
    public async Task A_service_that_is_not_ready_says_why_and_is_alive()
    {
        await using var service = await TestService.StartAsync(builder => Check(builder, () => HealthCheckResult.Unhealthy("no member yet", data: new Dictionary<string, object> { ["members"] = 0 })));

        var health = await service.Http.GetAsync("/health");
        health.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await health.Content.ReadAsStringAsync()).ShouldContain("""{"ready":false,"reason":"no member yet","facts":{"members":0}}""");
        health.Headers.CacheControl!.NoStore.ShouldBeTrue();
        (await service.Http.GetAsync("/alive")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_only_deserves_attention_does_not_make_a_service_unready()
    {
        await using var service = await TestService.StartAsync(builder => Check(builder, () => HealthCheckResult.Degraded("the store is away")));

        var health = await service.Http.GetAsync("/health");
        health.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await health.Content.ReadAsStringAsync()).ShouldContain("the store is away");
    }

    [Fact]
    public async Task What_an_exception_says_stays_inside()
    {
        await using var service = await TestService.StartAsync(builder => Check(builder, () => throw new InvalidOperationException("secret-host:1234")));

        var health = await service.Http.GetAsync("/health");
        health.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await health.Content.ReadAsStringAsync()).ShouldNotContain("secret");
    }

    private static void Check(WebApplicationBuilder builder, Func<HealthCheckResult> check) => builder.Services.AddHealthChecks().AddCheck("node", check);
}
