using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Blobs;

/// <summary>
/// Blobs as files of one directory, which any number of processes of one machine may have open at once. A blob is written to a temporary file, flushed, and
/// then takes its name under a lock; the directory is flushed before anybody is told, in this process also before anybody is shown. Safe for
/// use by several threads; work is done on the thread pool, which it blocks for the time of the disk.
/// </summary>
/// <remarks>
/// After a flush of a directory has failed, nothing is known of the names in it, and asking again would prove nothing: every further call throws
/// <see cref="BlobStoreErrorKind.Unavailable"/> until the store is opened anew. Any other failure of the disk ends with the call.
/// </remarks>
public sealed partial class FileBlobStore : IBlobStore, IDisposable
{
    private readonly FileBlobStoreHost _host;
    private readonly IDisk _disk;
    private readonly BlobFileLocks _locks;
    private readonly BlobWriter _writer;
    private readonly BlobReadTurns _turns = new();
    private volatile DiskException? _failure;

    private FileBlobStore(FileBlobStoreHost host, BlobFileLocks locks, BlobWriter writer) =>
        (_host, _disk, _locks, _writer) = (host, host.Disk, locks, writer);

    /// <summary>
    /// Opens the directory, or makes an empty one a store, and sweeps what dead writers left. Throws <see cref="BlobStoreException"/>: refused if the directory
    /// holds something else, damaged if its mark does not verify, unavailable or refused as the disk has it.
    /// </summary>
    public static Task<FileBlobStore> OpenAsync(FileBlobStoreHost host, CancellationToken cancellationToken = default) =>
        host.OnCallersThread ? OpenHereAsync(host, cancellationToken) : Task.Run(() => OpenHereAsync(host, cancellationToken), cancellationToken);

    /// <summary>Lets the directory go. No call may be under way.</summary>
    public void Dispose() => _writer.Dispose();

    private static async Task<FileBlobStore> OpenHereAsync(FileBlobStoreHost host, CancellationToken cancellationToken)
    {
        var locks = new BlobFileLocks(host);
        BlobWriter? writer = null;
        try
        {
            BlobStoreMark.RefuseWhatIsNotOurs(host.Disk);
            host.Disk.CreateDirectory(BlobFileNames.LockDirectory);
            host.Disk.CreateDirectory(BlobFileNames.WriterDirectory);
            writer = BlobWriter.Begin(host);
            using (await locks.LockAsync(BlobFileNames.OpenLock, cancellationToken))
                BlobStoreMark.VerifyOrMake(host.Disk, writer);

            var store = new FileBlobStore(host, locks, writer);
            store.TakeOver();
            return store;
        }
        catch (Exception error)
        {
            writer?.Dispose();
            throw error is DiskException disk ? Failed(disk, "The blob store cannot be opened") : error;
        }
    }

    /// <summary>What processes before this one wrote and did not live to flush is seen by everybody; so it is made durable before it is built upon.</summary>
    private void TakeOver()
    {
        var directories = BlobDirectories.All(_disk).ToList();
        _writer.Sweep(directories);
        foreach (var directory in directories)
            FlushDirectory(directory);
    }

    /// <summary>Does a call where it belongs; what it says of a failure of the disk is that nothing has happened, so what has must say so itself.</summary>
    private ValueTask<T> Run<T>(BlobName name, Func<Task<T>> action, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<T>(cancellationToken);

        return new ValueTask<T>(_host.OnCallersThread ? Do() : Task.Run(Do, cancellationToken));

        async Task<T> Do()
        {
            RequireUsable();
            try
            {
                return await action();
            }
            catch (DiskException error)
            {
                throw Failed(error, $"The call for '{name}' failed");
            }
        }
    }

    private void RequireUsable()
    {
        if (_failure is { } failure)
            throw new BlobStoreException(BlobStoreErrorKind.Unavailable, "A flush of a directory failed; the blob store must be opened anew.", innerException: failure);
    }

    private void FlushDirectory(string directory)
    {
        try
        {
            _disk.FlushDirectory(directory);
        }
        catch (DiskException error)
        {
            _failure = error;
            throw Failed(error, "It is not known whether names are on the disk", outcomeUnknown: true);
        }
    }

    private static BlobStoreException Failed(DiskException error, string what, bool outcomeUnknown = false) => new(
        error.Failure switch
        {
            DiskFailure.Denied or DiskFailure.ReadOnly or DiskFailure.Unsupported => BlobStoreErrorKind.Refused,
            _ => BlobStoreErrorKind.Unavailable,
        },
        $"{what}: {error.Message}",
        outcomeUnknown,
        innerException: error);
}
