namespace Orleans.Log.AzureStorage;

/// <summary>
/// Which container the blobs are in, and how to get there: either a connection string and the container's name, or the container's address, for which
/// the default credential of Azure.Identity is used (environment, workload or managed identity, developer tools).
/// </summary>
public sealed class AzureBlobStoreOptions
{
    /// <summary>Connection string of the storage account. A secret: never logged.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Name of the container, with <see cref="ConnectionString"/>.</summary>
    public string? Container { get; set; }

    /// <summary>Address of the container, such as <c>https://account.blob.core.windows.net/container</c>; https, and without a query.</summary>
    public Uri? ContainerUri { get; set; }

    /// <summary>
    /// How long one request may take, its content included, before it is given up with an unknown outcome: 1 s to 1 h, 100 s by default.
    /// </summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(100);

    /// <summary>Throws <see cref="ArgumentException"/>, naming the option and what is wrong with it. Says nothing of the connection string's content.</summary>
    public void Validate()
    {
        if (ContainerUri is not null && (ConnectionString is not null || Container is not null))
            throw Wrong("Give either ContainerUri, or ConnectionString and Container.");

        if (ContainerUri is null && (string.IsNullOrWhiteSpace(ConnectionString) || string.IsNullOrWhiteSpace(Container)))
            throw Wrong("ContainerUri, or ConnectionString and Container, must be given.");

        if (ContainerUri is { } uri && (!uri.IsAbsoluteUri || uri.Scheme != Uri.UriSchemeHttps || uri.Query.Length > 0 || uri.AbsolutePath.Length < 2))
            throw Wrong("ContainerUri must be an https address of a container, without a query.");

        if (RequestTimeout < TimeSpan.FromSeconds(1) || RequestTimeout > TimeSpan.FromHours(1))
            throw Wrong($"RequestTimeout is {RequestTimeout}; it must be from 1 s to 1 h.");
    }

    private static ArgumentException Wrong(string what) => new($"AzureBlobStoreOptions: {what}");
}
