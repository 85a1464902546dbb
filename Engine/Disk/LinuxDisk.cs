using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Orleans.Log.Engine.Disk;

/// <summary>A directory of a Linux file system.</summary>
internal sealed class LinuxDisk(string root) : IDisk
{
    /// <inheritdoc/>
    public long FreeBytes => new DriveInfo(root).AvailableFreeSpace;

    /// <inheritdoc/>
    public IDisposable Lock(string name)
    {
        var path = PathOf(name);
        var held = LibC.OpenOrThrow(path, LibC.OpenReadWrite | LibC.OpenCreate, $"Opening the lock '{path}' failed");
        try
        {
            if (LibC.Lock(held, LibC.LockExclusive | LibC.LockNonBlocking) != 0)
                throw LockFailure(path);

            // A file system that does not lock says yes to everybody; so the lock is asked for a second time and must be refused.
            using var second = LibC.OpenOrThrow(path, LibC.OpenReadWrite, $"Opening the lock '{path}' failed");
            if (LibC.Lock(second, LibC.LockExclusive | LibC.LockNonBlocking) == 0)
                throw new DiskException(DiskFailure.Unsupported, $"The file system of '{path}' does not keep locks.");

            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void CreateDirectory(string name) => Attempt(() => Directory.CreateDirectory(PathOf(name)), $"Creating the directory '{PathOf(name)}' failed");

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string directory) => Names(directory, Directory.EnumerateFiles);

    /// <inheritdoc/>
    public IReadOnlyList<string> ListDirectories(string directory) => Names(directory, Directory.EnumerateDirectories);

    /// <inheritdoc/>
    public bool Exists(string name) => File.Exists(PathOf(name));

    /// <inheritdoc/>
    public IDiskFile Create(string name)
    {
        var path = PathOf(name);
        var flags = LibC.OpenReadWrite | LibC.OpenCreate | LibC.OpenTruncate;
        return new LinuxFile(LibC.OpenOrThrow(path, flags, $"Creating '{path}' failed"), path, DiskAccess.Write, dropPages: true);
    }

    /// <inheritdoc/>
    public IDiskFile Open(string name, DiskAccess access)
    {
        var path = PathOf(name);
        var what = $"Opening '{path}' failed";
        return access switch
        {
            DiskAccess.Read => new LinuxFile(LibC.OpenOrThrow(path, LibC.OpenReadOnly, what), path, access, dropPages: false),
            DiskAccess.ReadDevice => OpenPastCache(path, what),
            DiskAccess.Write => new LinuxFile(LibC.OpenOrThrow(path, LibC.OpenReadWrite, what), path, access, dropPages: false),
            DiskAccess.WriteDurable => new LinuxFile(
                LibC.OpenOrThrow(path, LibC.OpenReadWrite | LibC.OpenDirect | LibC.OpenDataSync, what), path, access, dropPages: false),
            DiskAccess.WriteDirect => new LinuxFile(
                LibC.OpenOrThrow(path, LibC.OpenReadWrite | LibC.OpenDirect, what), path, access, dropPages: false),
            _ => throw new ArgumentOutOfRangeException(nameof(access)),
        };
    }

    /// <inheritdoc/>
    public void Rename(string from, string to)
    {
        if (LibC.Rename(PathOf(from), PathOf(to)) != 0)
            throw DiskErrors.FromErrno($"Renaming '{PathOf(from)}' to '{PathOf(to)}' failed");
    }

    /// <inheritdoc/>
    public void Delete(string name) => Attempt(() => File.Delete(PathOf(name)), $"Deleting '{PathOf(name)}' failed");

    /// <inheritdoc/>
    public void FlushDirectory(string name)
    {
        var path = PathOf(name);
        using var handle = LibC.OpenOrThrow(path, LibC.OpenReadOnly | LibC.OpenDirectory, $"Opening the directory '{path}' failed");
        if (LibC.Flush(handle) != 0)
            throw DiskErrors.FromErrno($"Flushing the directory '{path}' failed");
    }

    private static LinuxFile OpenPastCache(string path, string what)
    {
        try
        {
            return new LinuxFile(LibC.OpenOrThrow(path, LibC.OpenReadOnly | LibC.OpenDirect, what), path, DiskAccess.ReadDevice, dropPages: false);
        }
        catch (DiskException error) when (error.Failure == DiskFailure.Unsupported)
        {
            // No O_DIRECT here. Recovery flushed the file before, so its pages are clean and dropping them makes the next read a real one.
            var handle = LibC.OpenOrThrow(path, LibC.OpenReadOnly, what);
            _ = LibC.Advise(handle, 0, 0, LibC.AdviceDontNeed);
            return new LinuxFile(handle, path, DiskAccess.ReadDevice, dropPages: false);
        }
    }

    private static DiskException LockFailure(string path) => Marshal.GetLastPInvokeError() == LibC.EAGAIN
        ? new DiskException(DiskFailure.Locked, $"Another process holds the lock '{path}'.", LibC.EAGAIN)
        : DiskErrors.FromErrno($"Locking '{path}' failed");

    private static void Attempt(Action action, string what)
    {
        try
        {
            action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DiskErrors.From(error, what);
        }
    }

    private string[] Names(string directory, Func<string, IEnumerable<string>> enumerate)
    {
        var path = PathOf(directory);
        if (!Directory.Exists(path))
            return [];

        var names = Array.Empty<string>();
        Attempt(() => names = [.. enumerate(path).Select(entry => Path.GetFileName(entry)!)], $"Listing '{path}' failed");
        Array.Sort(names, StringComparer.Ordinal);
        return names;
    }

    private string PathOf(string name) => name.Length == 0 ? root : Path.Combine(root, name);
}
