namespace Orleans.Log.AppHost;

/// <summary>The blob store that all services of the deployment share. Each kind sets section <c>OrleansLog:Blobs</c> of a service's configuration.</summary>
internal abstract record BlobStore
{
    /// <summary>Sets the store's kind and address in the service's environment.</summary>
    public abstract void Configure<T>(IResourceBuilder<T> service)
        where T : IResourceWithEnvironment, IResourceWithWaitSupport;

    /// <summary>A folder that every service reaches. Needs neither Docker nor a cloud.</summary>
    public sealed record Files(ReferenceExpression Folder) : BlobStore
    {
        /// <inheritdoc/>
        public override void Configure<T>(IResourceBuilder<T> service) =>
            service.WithEnvironment("OrleansLog__Blobs__Kind", "files").WithEnvironment("OrleansLog__Blobs__Path", Folder);
    }

    /// <summary>Azurite, the emulator of Azure Blob Storage, from npm. For development only.</summary>
    public sealed record Azurite(IResourceBuilder<ExecutableResource> Server, ReferenceExpression Connection) : BlobStore
    {
        /// <inheritdoc/>
        public override void Configure<T>(IResourceBuilder<T> service) =>
            service.WithEnvironment("OrleansLog__Blobs__Kind", "azure").WithEnvironment("OrleansLog__Blobs__ConnectionString", Connection).WaitFor(Server);
    }

    /// <summary>
    /// An existing storage account, by a connection string that whoever deploys enters: with the account's key, or a blob endpoint's URL, where the
    /// services use their own identity.
    /// </summary>
    public sealed record Azure(IResourceBuilder<IResourceWithConnectionString> Account) : BlobStore
    {
        /// <inheritdoc/>
        public override void Configure<T>(IResourceBuilder<T> service) => service
            .WithEnvironment("OrleansLog__Blobs__Kind", "azure")
            .WithEnvironment("OrleansLog__Blobs__ConnectionString", Account.Resource.ConnectionStringExpression);
    }
}
