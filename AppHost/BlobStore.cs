using Aspire.Hosting.Azure;

namespace Orleans.Log.AppHost;

/// <summary>The blob store of the cluster as a part of the deployment, and how a service is told of it: section OrleansLog:Blobs of its configuration.</summary>
internal abstract record BlobStore
{
    /// <summary>Tells a service where the store is.</summary>
    public abstract void Give<T>(IResourceBuilder<T> service)
        where T : IResourceWithEnvironment, IResourceWithWaitSupport;

    /// <summary>A folder that every service reaches: neither Docker nor a cloud is needed.</summary>
    public sealed record Files(ReferenceExpression Folder) : BlobStore
    {
        /// <inheritdoc/>
        public override void Give<T>(IResourceBuilder<T> service) =>
            service.WithEnvironment("OrleansLog__Blobs__Kind", "files").WithEnvironment("OrleansLog__Blobs__Path", Folder);
    }

    /// <summary>The emulator of Azure Blob Storage, as npm has it; for development.</summary>
    public sealed record Azurite(IResourceBuilder<ExecutableResource> Server, ReferenceExpression Connection) : BlobStore
    {
        /// <inheritdoc/>
        public override void Give<T>(IResourceBuilder<T> service) =>
            service.WithEnvironment("OrleansLog__Blobs__Kind", "azure").WithEnvironment("OrleansLog__Blobs__ConnectionString", Connection).WaitFor(Server);
    }

    /// <summary>A storage account. The services use their own identity there, which the reference gives the right to.</summary>
    public sealed record Azure(IResourceBuilder<AzureBlobStorageResource> Blobs) : BlobStore
    {
        /// <inheritdoc/>
        public override void Give<T>(IResourceBuilder<T> service) =>
            service.WithEnvironment("OrleansLog__Blobs__Kind", "azure").WithEnvironment("OrleansLog__Blobs__ConnectionString", Blobs.Resource.ConnectionStringExpression).WithReference(Blobs);
    }
}
