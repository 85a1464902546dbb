using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Cli.Bench;

/// <summary>
/// A disk whose every flush takes longer, as a slower device's would: what makes bytes durable (a durable write, a flush of a file or of a directory) returns so
/// much later than the disk below, and any number of them may wait at the same time. Reads and other writes are not delayed.
/// </summary>
/// <param name="disk">Does the work.</param>
/// <param name="delay">Time that every flush takes beyond that of the disk.</param>
/// <param name="durableWrites">Counts how long each durable write took, delay included, in nanoseconds: the device's latency as an append meets it.</param>
internal sealed class DelayedDisk(IDisk disk, TimeSpan delay, LatencyHistogram durableWrites) : IDisk
{
    public long FreeBytes => disk.FreeBytes;

    public IDisposable Lock(string name) => disk.Lock(name);

    public void CreateDirectory(string name) => disk.CreateDirectory(name);

    public IReadOnlyList<string> List(string directory) => disk.List(directory);

    public IReadOnlyList<string> ListDirectories(string directory) => disk.ListDirectories(directory);

    public bool Exists(string name) => disk.Exists(name);

    public IDiskFile Create(string name) => new DelayedFile(this, disk.Create(name));

    public IDiskFile Open(string name, DiskAccess access) => new DelayedFile(this, disk.Open(name, access));

    public void Rename(string from, string to) => disk.Rename(from, to);

    public void Delete(string name) => disk.Delete(name);

    public void FlushDirectory(string name)
    {
        disk.FlushDirectory(name);
        Delay();
    }

    private void DelayWrite(long started)
    {
        Delay();
        durableWrites.RecordShared(BenchClock.Nanoseconds(BenchClock.Now - started));
    }

    private void Delay() => Pacing.WaitUntil(BenchClock.Now + BenchClock.Ticks(delay));

    private sealed class DelayedFile(DelayedDisk owner, IDiskFile file) : IDiskFile
    {
        public long Length => file.Length;

        public bool WritesAreDurable => file.WritesAreDurable;

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            var started = BenchClock.Now;
            file.Write(offset, bytes);
            if (WritesAreDurable)
                owner.DelayWrite(started);
        }

        public int Read(long offset, Span<byte> buffer) => file.Read(offset, buffer);

        public void Flush()
        {
            file.Flush();
            owner.Delay();
        }

        public void Dispose() => file.Dispose();
    }
}
