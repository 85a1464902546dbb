using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace Orleans.Log.AppHost.Tests;

/// <summary>The model that AppHost.cs builds. Nothing of it is started: that would take Aspire's orchestrator.</summary>
internal sealed class Deployment : IAsyncDisposable
{
    private DistributedApplication? _application;

    private Deployment(IDistributedApplicationTestingBuilder builder) => Builder = builder;

    public IDistributedApplicationTestingBuilder Builder { get; }

    /// <summary>Silos and front, as they stand in AppHost.cs.</summary>
    public IReadOnlyList<ProjectResource> Services => [.. Builder.Resources.OfType<ProjectResource>()];

    /// <summary>As on a developer's machine.</summary>
    public static async Task<Deployment> ToRunAsync(params string[] arguments) =>
        new(await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(arguments));

    /// <summary>As for a deployment.</summary>
    public static Task<Deployment> ToPublishAsync(params string[] arguments) => ToRunAsync(["--publisher", "manifest", .. arguments]);

    public ProjectResource Service(string name) => Services.Single(service => service.Name == name);

    /// <summary>What a service is told by its environment, references unresolved; of a deployment only.</summary>
    public async Task<IReadOnlyDictionary<string, string>> EnvironmentOfAsync(string name)
    {
        _application ??= await Builder.BuildAsync();
        var built = await ExecutionConfigurationBuilder.Create(Service(name)).WithEnvironmentVariablesConfig().BuildAsync(Builder.ExecutionContext);
        return built.EnvironmentVariables.ToDictionary(variable => variable.Key, variable => variable.Value);
    }

    public async ValueTask DisposeAsync()
    {
        if (_application is { } application)
            await application.DisposeAsync();

        await Builder.DisposeAsync();
    }
}
