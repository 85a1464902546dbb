using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Simulation.Disk;

namespace Orleans.Log.Engine.Simulation.BlobLevel;

/// <summary>Flushes that a store of files could leave out by mistake.</summary>
public enum FlushBug
{
    /// <summary>Of the content, before it gets its name.</summary>
    Content,

    /// <summary>Of the directory in which a name has changed, while working and when opening.</summary>
    Directory,

    /// <summary>Of the directory in which a directory was made.</summary>
    Parent,
}

/// <summary>A disk that skips some flushes and says that they were done.</summary>
internal sealed class ForgetfulDisk(SimulatedDisk disk, FlushBug bug) : IDisk
{
    public long FreeBytes => disk.FreeBytes;

    public IDisposable Lock(string name) => disk.Lock(name);

    public void CreateDirectory(string name) => disk.CreateDirectory(name);

    public IReadOnlyList<string> List(string directory) => disk.List(directory);

    public IReadOnlyList<string> ListDirectories(string directory) => disk.ListDirectories(directory);

    public bool Exists(string name) => disk.Exists(name);

    public IDiskFile Create(string name) => bug == FlushBug.Content && name.StartsWith("roots/", StringComparison.Ordinal) ? new ForgetfulFile(disk.Create(name)) : disk.Create(name);

    public IDiskFile Open(string name, DiskAccess access) => disk.Open(name, access);

    public void Rename(string from, string to) => disk.Rename(from, to);

    public void Delete(string name) => disk.Delete(name);

    public void FlushDirectory(string name)
    {
        // "roots" holds blobs only, "segments" directories only.
        var skipped = bug switch
        {
            FlushBug.Directory => name == "roots",
            FlushBug.Parent => name is "segments" or "a" or "a/b",
            _ => false,
        };
        if (!skipped)
            disk.FlushDirectory(name);
    }

    private sealed class ForgetfulFile(IDiskFile file) : IDiskFile
    {
        public long Length => file.Length;

        public bool WritesAreDurable => false;

        public void Write(long offset, ReadOnlySpan<byte> bytes) => file.Write(offset, bytes);

        public int Read(long offset, Span<byte> buffer) => file.Read(offset, buffer);

        public void Flush()
        {
        }

        public void Dispose() => file.Dispose();
    }
}
