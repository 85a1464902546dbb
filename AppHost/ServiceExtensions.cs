namespace Orleans.Log.AppHost;

/// <summary>What the services of the deployment have in common.</summary>
internal static class ServiceExtensions
{
    /// <summary>
    /// A project that serves plain HTTP on one endpoint. Deployed, it must be reached from other machines, which the services refuse unless it is said that something in front of them decides who may.
    /// </summary>
    public static IResourceBuilder<ProjectResource> AddService<TProject>(this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new()
    {
        var service = builder.AddProject<TProject>(name, project => project.ExcludeLaunchProfile = true).WithHttpEndpoint();
        var port = service.GetEndpoint("http").Property(EndpointProperty.TargetPort);
        return builder.ExecutionContext.IsPublishMode
            ? service.WithEnvironment("OrleansLog__Urls", ReferenceExpression.Create($"http://*:{port}")).WithEnvironment("OrleansLog__AllowInsecure", "true")
            : service.WithEnvironment("OrleansLog__Urls", ReferenceExpression.Create($"http://127.0.0.1:{port}"));
    }

    /// <summary>The node of a silo: a directory of its own, and the silo's name, by which the cluster knows whose it is.</summary>
    public static IResourceBuilder<ProjectResource> WithNodeIn(this IResourceBuilder<ProjectResource> silo, IResourceBuilder<ParameterResource> data) => silo
        .WithEnvironment("Orleans__Name", silo.Resource.Name)
        .WithEnvironment("OrleansLog__DataDirectory", ReferenceExpression.Create($"{data}/{silo.Resource.Name}"));

    /// <summary>Tells the service where the blob store is.</summary>
    public static IResourceBuilder<ProjectResource> WithBlobStore(this IResourceBuilder<ProjectResource> service, BlobStore blobs)
    {
        blobs.Configure(service);
        return service;
    }

    /// <summary>Starts after all of the others are healthy.</summary>
    public static IResourceBuilder<ProjectResource> WaitForAll(this IResourceBuilder<ProjectResource> service, IEnumerable<IResourceBuilder<ProjectResource>> others) =>
        others.Aggregate(service, (waiting, other) => waiting.WaitFor(other));
}
