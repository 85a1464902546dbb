using Microsoft.Extensions.DependencyInjection;
using Orleans.Log.AzureStorage;
using Orleans.Log.Engine.Blobs;

namespace Orleans.Log.Clustering.Hosts;

/// <summary>
/// The cluster's blob store, open. For silos: segments, the directory of streams and, unless another provider is configured, members are in there. For clients of the cluster: the gateways of its silos.
/// </summary>
public sealed class ClusterBlobs : IAsyncDisposable
{
    /// <summary>The key by which clustering finds the store: Orleans:Clustering:ServiceKey.</summary>
    public const string Key = "blobs";

    private readonly IBlobStore _store;

    private ClusterBlobs(IBlobStore store) => _store = store;

    /// <summary>Opens it before anything else is made, so that a store that cannot be used ends the start.</summary>
    public static async Task<ClusterBlobs> OpenAsync(BlobStoreLocation location) => new(await location.OpenAsync());

    /// <summary>Registers it, alone and under the key.</summary>
    public void AddTo(IServiceCollection services) => services.AddSingleton(_store).AddKeyedSingleton(Key, _store);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        (_store as IDisposable)?.Dispose();
        return ValueTask.CompletedTask;
    }
}
