using Aspire.Hosting;

namespace Orleans.Log.AppHost.Tests;

/// <summary>What the services of a deployment are told.</summary>
public sealed class PublishingTests
{
    [Fact]
    public async Task Each_silo_has_a_name_and_a_directory_of_its_own_in_one_cluster()
    {
        await using var deployment = await Deployment.ToPublishAsync();

        foreach (var name in new[] { "silo-1", "silo-2", "silo-3" })
        {
            var silo = await deployment.EnvironmentOfAsync(name);
            silo["Orleans__Name"].ShouldBe(name);
            silo["OrleansLog__DataDirectory"].ShouldBe($"{{data.value}}/{name}");
            silo["Orleans__Endpoints__SiloPort"].ShouldBe($"{{{name}.bindings.orleans-silo.targetPort}}");
            silo["Orleans__Endpoints__GatewayPort"].ShouldBe($"{{{name}.bindings.orleans-gateway.targetPort}}");
        }
    }

    [Theory]
    [InlineData("silo-1")]
    [InlineData("api")]
    public async Task Silos_and_front_find_each_other_in_the_store_that_they_share(string name)
    {
        await using var deployment = await Deployment.ToPublishAsync();

        var service = await deployment.EnvironmentOfAsync(name);
        service["Orleans__Clustering__ProviderType"].ShouldBe("OrleansLog");
        service["Orleans__ClusterId"].ShouldBe("orleans-log");
        service["OrleansLog__Blobs__Kind"].ShouldBe("files");
        service["OrleansLog__Blobs__Path"].ShouldBe("{data.value}/blobs");
        service["OrleansLog__Urls"].ShouldBe($"http://*:{{{name}.bindings.http.targetPort}}");
        service["OrleansLog__AllowInsecure"].ShouldBe("true");
    }

    [Theory]
    [InlineData("silo-1")]
    [InlineData("api")]
    public async Task Azure_store_is_a_connection_string_of_the_deployment(string name)
    {
        await using var deployment = await Deployment.ToPublishAsync("--Blobs", "azure");

        var service = await deployment.EnvironmentOfAsync(name);
        service["OrleansLog__Blobs__Kind"].ShouldBe("azure");
        service["OrleansLog__Blobs__ConnectionString"].ShouldBe("{blobs.connectionString}");
        service.Keys.ShouldNotContain("OrleansLog__Blobs__Path");
    }

    [Fact]
    public async Task The_emulator_is_not_deployed()
    {
        var error = await Should.ThrowAsync<DistributedApplicationException>(() => Deployment.ToPublishAsync("--Blobs", "azurite"));
        error.Message.ShouldContain("azurite");
    }
}
