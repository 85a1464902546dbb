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
        if (!Directory.Exists(directory) || IsEmpty(directory))
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

    // As the store judges it, which would format itself among these: hidden files, lost+found, remains of an interrupted formatting.
    private static bool IsEmpty(string directory) =>
        !File.Exists(Path.Combine(directory, "_store"))
        && Directory.EnumerateFileSystemEntries(directory).All(static path => Path.GetFileName(path) is ['.' or '_', ..] or "lost+found");
}
