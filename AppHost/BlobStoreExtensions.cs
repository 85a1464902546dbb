namespace Orleans.Log.AppHost;

/// <summary>Adds the blob store that the setting <c>Blobs</c> selects.</summary>
internal static class BlobStoreExtensions
{
    /// <summary>The emulator's account and key. They are public constants and no secret: the emulator listens on loopback only.</summary>
    private const string EmulatorAccount = "devstoreaccount1";
    private const string EmulatorKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
    private const int EmulatorPort = 10000;

    /// <summary>
    /// Adds the store that <c>Blobs</c> names: <c>files</c> (the default), <c>azurite</c>, or <c>azure</c>, whose connection string is
    /// <c>ConnectionStrings:{name}</c> of the AppHost's configuration, or is asked for by the dashboard.
    /// </summary>
    /// <exception cref="DistributedApplicationException"><c>Blobs</c> names no known store, or publishes the emulator.</exception>
    public static BlobStore AddBlobStore(this IDistributedApplicationBuilder builder, string name, IResourceBuilder<ParameterResource> data) =>
        builder.Configuration["Blobs"] switch
        {
            null or "" or "files" => new BlobStore.Files(ReferenceExpression.Create($"{data}/{name}")),
            "azurite" when builder.ExecutionContext.IsRunMode => AddAzurite(builder, data),
            "azurite" => throw new DistributedApplicationException("Blobs is 'azurite', which is for development: publish with files or azure."),
            "azure" => new BlobStore.Azure(builder.AddConnectionString(name)),
            var other => throw new DistributedApplicationException($"Blobs is '{other}'; it must be files, azurite or azure."),
        };

    private static BlobStore.Azurite AddAzurite(IDistributedApplicationBuilder builder, IResourceBuilder<ParameterResource> data)
    {
        var server = builder.AddExecutable("azurite", "npx", builder.AppHostDirectory)
            .WithArgs("--yes", "--package", "azurite@3.35.0", "azurite-blob", "--blobHost", "127.0.0.1", "--blobPort", $"{EmulatorPort}")
            .WithArgs("--location", ReferenceExpression.Create($"{data}/azurite"), "--skipApiVersionCheck", "--disableTelemetry")
            .WithHttpEndpoint(port: EmulatorPort, targetPort: EmulatorPort, name: "blob", isProxied: false)
            .WithHttpHealthCheck("/", statusCode: 400, endpointName: "blob"); // 400: it listens, and "/" is no request of its protocol.
        var address = server.GetEndpoint("blob");
        return new BlobStore.Azurite(server, ReferenceExpression.Create(
            $"DefaultEndpointsProtocol=http;AccountName={EmulatorAccount};AccountKey={EmulatorKey};BlobEndpoint={address}/{EmulatorAccount}"));
    }
}
