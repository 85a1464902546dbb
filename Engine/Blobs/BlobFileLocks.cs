using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Blobs;

/// <summary>
/// One lock per shard of names, taken for the moment in which a name changes: first among the threads of this process, then among processes. Readers take
/// none of it, unless a change is under way that the disk may still lose.
/// </summary>
internal sealed class BlobFileLocks(FileBlobStoreHost host)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);

    private readonly SemaphoreSlim[] _gates = [.. Enumerable.Range(0, BlobFileNames.Shards).Select(_ => new SemaphoreSlim(1, 1))];
    private readonly int[] _changing = new int[BlobFileNames.Shards];

    /// <summary>Excludes every other change of names of this shard, in all processes; throws <see cref="BlobStoreErrorKind.Unavailable"/> after the time that the host gives.</summary>
    public async Task<IDisposable> EnterAsync(int shard, CancellationToken cancellationToken)
    {
        var gate = _gates[shard];
        await gate.WaitAsync(cancellationToken);
        try
        {
            return new Held(gate, await LockAsync(BlobFileNames.LockOf(shard), cancellationToken));
        }
        catch
        {
            gate.Release();
            throw;
        }
    }

    /// <summary>Takes a lock among processes, trying again while another one has it.</summary>
    public async Task<IDisposable> LockAsync(string name, CancellationToken cancellationToken)
    {
        var begun = host.Time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                return host.Disk.Lock(name);
            }
            catch (DiskException error) when (error.Failure == DiskFailure.Locked)
            {
                if (host.Time.GetElapsedTime(begun) >= host.LockTimeout)
                    throw new BlobStoreException(BlobStoreErrorKind.Unavailable, $"Another process has held the lock '{name}' for {host.LockTimeout}.", innerException: error);
            }

            await Task.Delay(pause, host.Time, cancellationToken);
        }
    }

    /// <summary>From here to <see cref="EndChange"/> the names of this shard may be seen changed while a crash could still undo it. Under the shard's lock.</summary>
    public void BeginChange(int shard) => Interlocked.Exchange(ref _changing[shard], 1);

    /// <summary>The change is durable. Not called if that is not known: then nobody may look any more.</summary>
    public void EndChange(int shard) => Interlocked.Exchange(ref _changing[shard], 0);

    /// <summary>Was what has just been looked at perhaps changed by a write that is not durable yet? To be asked after looking.</summary>
    public bool IsChanging(int shard) => Interlocked.CompareExchange(ref _changing[shard], 0, 0) != 0;

    /// <summary>Ends when the change that is under way in this process has ended, well or badly.</summary>
    public async Task WhenSettledAsync(int shard, CancellationToken cancellationToken)
    {
        var gate = _gates[shard];
        await gate.WaitAsync(cancellationToken);
        gate.Release();
    }

    private sealed class Held(SemaphoreSlim gate, IDisposable file) : IDisposable
    {
        public void Dispose()
        {
            file.Dispose();
            gate.Release();
        }
    }
}
