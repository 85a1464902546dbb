using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Standalone.Settings;

namespace Orleans.Log.Standalone.Blobs;

/// <summary>The blob store of this process: a directory.</summary>
internal static class BlobFolder
{
    /// <summary>Opens it, and makes it if it does not exist; null if none is wanted.</summary>
    public static async Task<FileBlobStore?> OpenAsync(StandaloneOptions options) =>
        options.BlobDirectory() is { } directory
            ? await FileBlobStore.OpenAsync(new FileBlobStoreHost { Disk = HostDisk.Open(directory) })
            : null;
}
