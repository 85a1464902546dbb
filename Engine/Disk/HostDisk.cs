namespace Orleans.Log.Engine.Disk;

/// <summary>Picks the disk of the operating system that the process runs on.</summary>
public static class HostDisk
{
    /// <summary>
    /// The directory as a disk; it is created if it does not exist. Proves first that a flush that fails is seen to fail: a platform on which it
    /// is not could acknowledge what was never written, and is refused with <see cref="DiskException"/>.
    /// </summary>
    public static IDisk Open(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DiskErrors.From(error, $"The directory '{directory}' cannot be created");
        }

        return OpenExisting(directory);
    }

    /// <summary>Like <see cref="Open"/> for a directory that must exist; throws <see cref="DiskException"/> with <see cref="DiskFailure.NotFound"/> if it does not.</summary>
    public static IDisk OpenExisting(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        if (!Directory.Exists(directory))
            throw new DiskException(DiskFailure.NotFound, $"There is no directory '{directory}'.");

        var root = Path.GetFullPath(directory);
        if (OperatingSystem.IsLinux())
        {
            LinuxFile.ProveThatFailedFlushesAreSeen();
            return new LinuxDisk(root);
        }

        PortableFile.ProveThatFailedFlushesAreSeen();
        return new PortableDisk(root);
    }
}
