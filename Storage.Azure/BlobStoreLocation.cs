using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Disk;

namespace Orleans.Log.AzureStorage;

/// <summary>Where the processes of a cluster keep what they share, as configuration says it: in a folder, or in a container of Azure Blob Storage.</summary>
public sealed class BlobStoreLocation
{
    /// <summary><c>files</c> or <c>azure</c>, in any case.</summary>
    public string Kind { get; set; } = "files";

    /// <summary>With <c>files</c>: the folder, which all processes of the cluster reach; made if it is not there.</summary>
    public string? Path { get; set; }

    /// <summary>With <c>azure</c>: connection string of the account, or the address of its blob service, which counts as <see cref="ServiceUri"/>. May be a secret: never logged.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>With <c>azure</c>: address of the blob service, such as <c>https://account.blob.core.windows.net</c>; the default credential of Azure.Identity is used.</summary>
    public Uri? ServiceUri { get; set; }

    /// <summary>With <c>azure</c>: the container; made if it is not there.</summary>
    public string Container { get; set; } = "orleans-log";

    /// <summary>Where it is, for people; no secrets.</summary>
    public override string ToString() => IsFiles ? $"folder {Path}" : $"container {Container}{(Service is { } service ? $" of {service}" : "")}";

    /// <summary>Throws <see cref="ArgumentException"/>, with a message for the person who configured it.</summary>
    public void Validate()
    {
        if (!IsFiles && !Is("azure"))
            throw new ArgumentException($"Kind is '{Kind}'; it must be files or azure.");

        if (IsFiles)
        {
            if (string.IsNullOrWhiteSpace(Path))
                throw new ArgumentException("Path is not set: files need a folder that every process of the cluster reaches.");

            return;
        }

        if (ServiceUri is null == string.IsNullOrWhiteSpace(ConnectionString))
            throw new ArgumentException("Exactly one of ConnectionString and ServiceUri must be set for azure.");

        Azure().Validate();
    }

    /// <summary>Opens the store, and makes it if it is not there. Throws <see cref="BlobStoreException"/>. Whoever opens it disposes of it, if it can be disposed of.</summary>
    public async Task<IBlobStore> OpenAsync(CancellationToken cancellationToken = default)
    {
        Validate();
        if (IsFiles)
            return await FileBlobStore.OpenAsync(new FileBlobStoreHost { Disk = HostDisk.Open(System.IO.Path.GetFullPath(Path!)) }, cancellationToken);

        var store = AzureBlobStore.Connect(Azure());
        await store.CreateContainerAsync(cancellationToken);
        return store;
    }

    private bool IsFiles => Is("files");

    /// <summary>The service's address, however it was given.</summary>
    private Uri? Service => ServiceUri ?? (Uri.TryCreate(ConnectionString, UriKind.Absolute, out var uri) ? uri : null);

    private bool Is(string kind) => string.Equals(Kind, kind, StringComparison.OrdinalIgnoreCase);

    private AzureBlobStoreOptions Azure() => Service is { } service
        ? new AzureBlobStoreOptions { ContainerUri = new Uri($"{service.AbsoluteUri.TrimEnd('/')}/{Container}") }
        : new AzureBlobStoreOptions { ConnectionString = ConnectionString, Container = Container };
}
