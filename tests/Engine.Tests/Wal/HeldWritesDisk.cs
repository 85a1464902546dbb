using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Tests.Wal;

/// <summary>A disk on which every durable write waits until the test lets it, one by one, by its number: 0, 1, 2 … in the order in which they began.</summary>
internal sealed class HeldWritesDisk(IDisk disk) : IDisk
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly object _gate = new();
    private readonly HashSet<int> _released = [];
    private int _begun;
    private bool _open;

    public long FreeBytes => disk.FreeBytes;

    /// <summary>Waits until so many writes have begun.</summary>
    public void WaitForWrites(int count)
    {
        lock (_gate)
        {
            while (_begun < count)
                Monitor.Wait(_gate, Patience).ShouldBeTrue($"{count} writes should have begun; {_begun} have");
        }
    }

    /// <summary>Lets one write go on.</summary>
    public void Release(int write)
    {
        lock (_gate)
        {
            _released.Add(write);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Holds nothing any more.</summary>
    public void Open()
    {
        lock (_gate)
        {
            _open = true;
            Monitor.PulseAll(_gate);
        }
    }

    public IDisposable Lock(string name) => disk.Lock(name);

    public void CreateDirectory(string name) => disk.CreateDirectory(name);

    public IReadOnlyList<string> List(string directory) => disk.List(directory);

    public IReadOnlyList<string> ListDirectories(string directory) => disk.ListDirectories(directory);

    public bool Exists(string name) => disk.Exists(name);

    public IDiskFile Create(string name) => disk.Create(name);

    public IDiskFile Open(string name, DiskAccess access)
    {
        var file = disk.Open(name, access);
        return file.WritesAreDurable ? new HeldFile(this, file) : file;
    }

    public void Rename(string from, string to) => disk.Rename(from, to);

    public void Delete(string name) => disk.Delete(name);

    public void FlushDirectory(string name) => disk.FlushDirectory(name);

    private void Hold()
    {
        lock (_gate)
        {
            var number = _begun++;
            Monitor.PulseAll(_gate);
            while (!_open && !_released.Contains(number))
                Monitor.Wait(_gate);
        }
    }

    private sealed class HeldFile(HeldWritesDisk owner, IDiskFile file) : IDiskFile
    {
        public long Length => file.Length;

        public bool WritesAreDurable => file.WritesAreDurable;

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            owner.Hold();
            file.Write(offset, bytes);
        }

        public int Read(long offset, Span<byte> buffer) => file.Read(offset, buffer);

        public void Flush() => file.Flush();

        public void Dispose() => file.Dispose();
    }
}
