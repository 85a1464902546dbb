using Orleans.Log.AzureStorage;
using Orleans.Log.Engine.Blobs;

namespace Orleans.Log.Api;

/// <summary>The cluster's blob store, open: the front finds the gateways of the silos in there, unless another provider is configured, and reads nothing else.</summary>
internal sealed class GatewayBlobs : IAsyncDisposable
{
    /// <summary>The key by which clustering finds the store: Orleans:Clustering:ServiceKey.</summary>
    public const string Key = "blobs";

    /// <summary>The provider that finds members in there: Orleans:Clustering:ProviderType.</summary>
    public const string Provider = "OrleansLog";

    private readonly IBlobStore _store;

    private GatewayBlobs(IBlobStore store) => _store = store;

    /// <summary>Opens it before anything else is made, so that a store that cannot be used ends the start.</summary>
    public static async Task<GatewayBlobs> OpenAsync(BlobStoreLocation location) => new(await location.OpenAsync());

    /// <summary>Registers it under the name by which it is asked for.</summary>
    public void AddTo(IServiceCollection services) => services.AddKeyedSingleton(Key, _store);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        (_store as IDisposable)?.Dispose();
        return ValueTask.CompletedTask;
    }
}
