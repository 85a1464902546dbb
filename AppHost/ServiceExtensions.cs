namespace Orleans.Log.AppHost;

/// <summary>Settings that the services of the deployment share.</summary>
internal static class ServiceExtensions
{
    /// <summary>
    /// Adds a project that serves plain HTTP on one endpoint. A deployed service is reached from other machines, which services refuse unless
    /// <c>AllowInsecure</c> states that a proxy decides who may connect.
    /// </summary>
    /// <param name="builder">The deployment.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="preferredPort">The port on a developer's machine if it is free; null or taken: any free port. A deployment chooses its own.</param>
    public static IResourceBuilder<ProjectResource> AddService<TProject>(this IDistributedApplicationBuilder builder, string name, int? preferredPort = null)
        where TProject : IProjectMetadata, new()
    {
        var fixedPort = builder.ExecutionContext.IsRunMode && preferredPort is { } preferred && LoopbackPort.IsFree(preferred) ? preferredPort : null;
        var service = builder.AddProject<TProject>(name, project => project.ExcludeLaunchProfile = true).WithHttpEndpoint(port: fixedPort);
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
