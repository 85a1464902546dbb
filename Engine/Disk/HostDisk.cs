namespace Orleans.Log.Engine.Disk;

/// <summary>Picks the disk of the operating system that the process runs on.</summary>
public static class HostDisk
{
    /// <summary>
    /// The directory as a disk; it is created, durably, if it does not exist. Proves first that a flush that fails is seen to fail: a platform on which it
    /// is not could acknowledge what was never written, and is refused with <see cref="DiskException"/>.
    /// </summary>
    public static IDisk Open(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        var missing = Missing(Path.GetFullPath(directory));
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DiskErrors.From(error, $"The directory '{directory}' cannot be created");
        }

        var disk = OpenExisting(directory);

        // What is flushed inside would be lost with a directory whose own name is not.
        foreach (var created in missing)
            OpenExisting(Path.GetDirectoryName(created)!).FlushDirectory(string.Empty);

        return disk;
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

    private static List<string> Missing(string path)
    {
        var missing = new List<string>();
        for (var part = path; part is not null && !Directory.Exists(part); part = Path.GetDirectoryName(part))
            missing.Add(part);

        return missing;
    }
}
