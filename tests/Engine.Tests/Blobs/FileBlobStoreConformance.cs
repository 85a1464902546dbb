using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Testing.Blobs;

namespace Orleans.Log.Engine.Tests.Blobs;

/// <summary>The store of files on a real disk, opened twice: two stores share nothing but the directory and its locks, as two processes do.</summary>
public sealed class FileBlobStoreFactory : IBlobStoreFactory
{
    private readonly string _root = Path.Combine(Path.GetTempPath(), "olog-blobs-" + Guid.NewGuid().ToString("n"));
    private readonly List<FileBlobStore> _open = [];

    public Task<IBlobStore> StartAsync() => OpenAgainAsync();

    public async Task<IBlobStore> OpenAgainAsync()
    {
        var store = await FileBlobStore.OpenAsync(new FileBlobStoreHost { Disk = HostDisk.Open(_root) });
        _open.Add(store);
        return store;
    }

    public Task StopAsync()
    {
        foreach (var store in _open)
            store.Dispose();

        Directory.Delete(_root, recursive: true);
        return Task.CompletedTask;
    }
}

public sealed class FileBlobWriteConformance : BlobWriteConformance<FileBlobStoreFactory>;

public sealed class FileBlobReadConformance : BlobReadConformance<FileBlobStoreFactory>;

public sealed class FileBlobListConformance : BlobListConformance<FileBlobStoreFactory>;

public sealed class FileBlobRaceConformance : BlobRaceConformance<FileBlobStoreFactory>;
