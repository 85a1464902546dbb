using Orleans.Log.AzureStorage;
using Orleans.Log.Engine.Blobs;

namespace Orleans.Log.Silo;

/// <summary>The cluster's blob store, open: segments, the directory of streams and, unless another provider is configured, membership are in there.</summary>
internal sealed class SharedBlobs : IAsyncDisposable
{
    /// <summary>The key by which clustering finds the store: Orleans:Clustering:ServiceKey.</summary>
    public const string Key = "blobs";

    /// <summary>The provider that keeps members in there: Orleans:Clustering:ProviderType.</summary>
    public const string Provider = "OrleansLog";

    private SharedBlobs(IBlobStore store) => Store = store;

    /// <summary>The store.</summary>
    public IBlobStore Store { get; }

    /// <summary>Opens it before anything else is made, so that a store that cannot be used ends the start.</summary>
    public static async Task<SharedBlobs> OpenAsync(BlobStoreLocation location) => new(await location.OpenAsync());

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        (Store as IDisposable)?.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Registers the store under the names by which it is asked for.</summary>
internal static class SharedBlobsExtensions
{
    public static void AddSharedBlobs(this IServiceCollection services, SharedBlobs blobs) =>
        services.AddSingleton(blobs.Store).AddKeyedSingleton(SharedBlobs.Key, blobs.Store);
}
