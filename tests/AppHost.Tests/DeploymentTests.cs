using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Orleans.Log.AppHost.Tests;

/// <summary>The deployment as it would be run here: what there is, what waits for what, what the dashboard shows.</summary>
public sealed class DeploymentTests
{
    private static readonly string[] Silos = ["silo-1", "silo-2", "silo-3"];

    [Fact]
    public async Task Three_silos_and_a_front_and_no_container()
    {
        await using var deployment = await Deployment.ToRunAsync();

        deployment.Services.Select(service => service.Name).ShouldBe([.. Silos, "api"]);
        deployment.Builder.Resources.OfType<ContainerResource>().ShouldBeEmpty();
        deployment.Builder.Resources.ShouldNotContain(resource => resource.Name == "azurite");
    }

    [Fact]
    public async Task The_front_starts_when_all_silos_are_healthy()
    {
        await using var deployment = await Deployment.ToRunAsync();

        var waits = deployment.Service("api").Annotations.OfType<WaitAnnotation>().ToList();
        waits.Select(wait => wait.Resource.Name).ShouldBe(Silos);
        waits.ShouldAllBe(wait => wait.WaitType == WaitType.WaitUntilHealthy);
    }

    [Fact]
    public async Task Every_service_has_a_health_check_and_an_endpoint_and_only_the_fronts_is_external()
    {
        await using var deployment = await Deployment.ToRunAsync();

        foreach (var service in deployment.Services)
        {
            service.Annotations.OfType<HealthCheckAnnotation>().Count().ShouldBe(1, service.Name);
            var http = service.Annotations.OfType<EndpointAnnotation>().Single(endpoint => endpoint.Name == "http");
            http.IsExternal.ShouldBe(service.Name == "api", service.Name);
        }
    }

    [Fact]
    public async Task The_dashboard_has_a_snapshot_button_on_a_healthy_front()
    {
        await using var deployment = await Deployment.ToRunAsync();

        var command = deployment.Service("api").Annotations.OfType<ResourceCommandAnnotation>().Single(command => command.Name == SnapshotCommand.Name);
        State(command, KnownResourceStates.Running).ShouldBe(ResourceCommandState.Enabled);
        State(command, KnownResourceStates.Starting).ShouldBe(ResourceCommandState.Disabled);
    }

    [Fact]
    public async Task With_azurite_everybody_waits_for_the_emulator()
    {
        await using var deployment = await Deployment.ToRunAsync("--Blobs", "azurite");

        deployment.Builder.Resources.OfType<ExecutableResource>().ShouldContain(resource => resource.Name == "azurite" && resource.Command == "npx");
        deployment.Services.ShouldAllBe(service => service.Annotations.OfType<WaitAnnotation>().Any(wait => wait.Resource.Name == "azurite"));
    }

    [Fact]
    public async Task A_store_that_nobody_knows_is_refused()
    {
        var error = await Should.ThrowAsync<DistributedApplicationException>(() => Deployment.ToRunAsync("--Blobs", "tape"));
        error.Message.ShouldContain("'tape'");
    }

    private static ResourceCommandState State(ResourceCommandAnnotation command, string state) => command.UpdateState(new UpdateCommandStateContext
    {
        ResourceSnapshot = new CustomResourceSnapshot { ResourceType = "Project", Properties = [], State = state },
        Services = EmptyServices.Instance,
    });

    private sealed class EmptyServices : IServiceProvider
    {
        public static readonly EmptyServices Instance = new();

        public object? GetService(Type serviceType) => null;
    }
}
