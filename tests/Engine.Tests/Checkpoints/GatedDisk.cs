using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Tests.Checkpoints;

/// <summary>A disk whose writes to the WAL can be held up, while everything else goes on.</summary>
internal sealed class GatedDisk(IDisk disk) : IDisk
{
    private readonly ManualResetEventSlim _open = new(initialState: true);

    public long FreeBytes => disk.FreeBytes;

    public void HoldWrites() => _open.Reset();

    public void LetWrites() => _open.Set();

    public IDisposable Lock(string name) => disk.Lock(name);

    public void CreateDirectory(string name) => disk.CreateDirectory(name);

    public IReadOnlyList<string> List(string directory) => disk.List(directory);

    public IReadOnlyList<string> ListDirectories(string directory) => disk.ListDirectories(directory);

    public bool Exists(string name) => disk.Exists(name);

    public IDiskFile Create(string name) => disk.Create(name);

    public IDiskFile Open(string name, DiskAccess access)
    {
        var file = disk.Open(name, access);
        return name.EndsWith(".wal", StringComparison.Ordinal) ? new GatedFile(file, _open) : file;
    }

    public void Rename(string from, string to) => disk.Rename(from, to);

    public void Delete(string name) => disk.Delete(name);

    public void FlushDirectory(string name) => disk.FlushDirectory(name);

    private sealed class GatedFile(IDiskFile file, ManualResetEventSlim open) : IDiskFile
    {
        public long Length => file.Length;

        public bool WritesAreDurable => file.WritesAreDurable;

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            open.Wait();
            file.Write(offset, bytes);
        }

        public int Read(long offset, Span<byte> buffer) => file.Read(offset, buffer);

        public void Flush() => file.Flush();

        public void Dispose() => file.Dispose();
    }
}
