using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Metadata;

namespace Orleans.Log.Clustering.Membership;

/// <summary>The metadata of the cluster as the options name it, opened when it is first asked for. Safe for use by several threads. Ends with the container; a store of the host stays the host's.</summary>
internal sealed class ClusteringStore(
    IOptions<OrleansLogClusteringOptions> options, IOptions<ClusterOptions> cluster, IServiceProvider services) : IDisposable
{
    private readonly SemaphoreSlim _opening = new(1);
    private FileBlobStore? _files;
    private volatile IMetadataStore? _opened;

    /// <summary>The store. Throws <see cref="BlobStoreException"/> if a folder cannot be opened; the next call tries again.</summary>
    public async ValueTask<IMetadataStore> OpenAsync()
    {
        if (_opened is { } opened)
            return opened;

        await _opening.WaitAsync();
        try
        {
            return _opened ??= await OpenHereAsync();
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _files?.Dispose();
        _opening.Dispose();
    }

    private async Task<BlobMetadataStore> OpenHereAsync()
    {
        var time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        IBlobStore blobs = options.Value.ServiceKey is { Length: > 0 } key
            ? services.GetRequiredKeyedService<IBlobStore>(key)
            : _files = await FileBlobStore.OpenAsync(new FileBlobStoreHost { Disk = HostDisk.Open(options.Value.Folder!), Time = time });
        return new BlobMetadataStore(blobs, new BlobMetadataStoreOptions { Cluster = cluster.Value.ClusterId, Time = time });
    }
}
