using Orleans.Log.Cli.Terminal;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Cli.Stores;

/// <summary>A blob store in a directory, for work without a server.</summary>
internal static class BlobDirectory
{
    /// <summary>Opens a store that is there. Never makes one: from an empty directory there is nothing to restore or to verify, only a name to mistype.</summary>
    public static async Task<FileBlobStore> OpenAsync(string directory, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(directory) || !Directory.EnumerateFileSystemEntries(directory).Any())
            throw new CliException(ExitCode.NotFound, $"{directory}: there is no blob store here.");

        try
        {
            return await FileBlobStore.OpenAsync(new FileBlobStoreHost { Disk = HostDisk.OpenExisting(directory) }, cancellationToken);
        }
        catch (BlobStoreException refused)
        {
            throw new CliException(StoreExits.Of(refused.Kind), $"{directory}: {refused.Message}", refused);
        }
    }
}
