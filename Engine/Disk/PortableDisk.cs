namespace Orleans.Log.Engine.Disk;

/// <summary>
/// A directory on Windows or macOS, for development. There is no O_DIRECT here: writes go through the cache and are flushed, and reading "past
/// the cache" is plain reading. On Windows a directory cannot be flushed: NTFS journals its entries itself.
/// </summary>
internal sealed class PortableDisk(string root) : IDisk
{
    /// <inheritdoc/>
    public long FreeBytes => new DriveInfo(root).AvailableFreeSpace;

    /// <inheritdoc/>
    public IDisposable Lock(string name)
    {
        try
        {
            return File.OpenHandle(PathOf(name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error)
        {
            throw new DiskException(DiskFailure.Locked, $"Another process holds the lock '{PathOf(name)}': {error.Message}", error.HResult, error);
        }
    }

    /// <inheritdoc/>
    public void CreateDirectory(string name) => Attempt(() => Directory.CreateDirectory(PathOf(name)), name);

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string directory) => Names(directory, Directory.EnumerateFiles);

    /// <inheritdoc/>
    public IReadOnlyList<string> ListDirectories(string directory) => Names(directory, Directory.EnumerateDirectories);

    /// <inheritdoc/>
    public bool Exists(string name) => File.Exists(PathOf(name));

    /// <inheritdoc/>
    public IDiskFile Create(string name) => OpenHandle(name, FileMode.Create, FileAccess.ReadWrite);

    /// <inheritdoc/>
    public IDiskFile Open(string name, DiskAccess access) => access switch
    {
        DiskAccess.Read or DiskAccess.ReadDevice => OpenHandle(name, FileMode.Open, FileAccess.Read),
        DiskAccess.Write => OpenHandle(name, FileMode.Open, FileAccess.ReadWrite),
        DiskAccess.WriteDirect => throw new DiskException(DiskFailure.Unsupported, "Writes past the page cache are for Linux."),
        DiskAccess.WriteDurable => throw new DiskException(DiskFailure.Unsupported, "Durable writes without a flush are for Linux."),
        _ => throw new ArgumentOutOfRangeException(nameof(access)),
    };

    /// <inheritdoc/>
    public void Rename(string from, string to) => Attempt(
        () =>
        {
            File.Move(PathOf(from), PathOf(to), overwrite: true);
            return true;
        },
        from);

    /// <inheritdoc/>
    public void Delete(string name) => Attempt(
        () =>
        {
            File.Delete(PathOf(name));
            return true;
        },
        name);

    /// <inheritdoc/>
    public void FlushDirectory(string name)
    {
        if (OperatingSystem.IsWindows())
            return;

        // open(2) and fsync(2) of a directory are the same calls on macOS; only its open flags differ, and reading needs none of them.
        using var handle = LibC.OpenOrThrow(PathOf(name), LibC.OpenReadOnly, $"Opening the directory '{PathOf(name)}' failed");
        if (LibC.Flush(handle) != 0)
            throw DiskErrors.FromErrno($"Flushing the directory '{PathOf(name)}' failed");
    }

    private static T Attempt<T>(Func<T> action, string name)
    {
        try
        {
            return action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DiskErrors.From(error, $"A call on '{name}' failed");
        }
    }

    private PortableFile OpenHandle(string name, FileMode mode, FileAccess access) => Attempt(
        () => new PortableFile(File.OpenHandle(PathOf(name), mode, access, FileShare.ReadWrite | FileShare.Delete), name), name);

    private string[] Names(string directory, Func<string, IEnumerable<string>> enumerate)
    {
        var path = PathOf(directory);
        if (!Directory.Exists(path))
            return [];

        var names = Attempt(() => enumerate(path).Select(entry => Path.GetFileName(entry)!).ToArray(), directory);
        Array.Sort(names, StringComparer.Ordinal);
        return names;
    }

    private string PathOf(string name) => name.Length == 0 ? root : Path.Combine(root, name);
}
