using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Blobs;

/// <summary>
/// The name under which one open store writes its temporary files. A lock is held on it for as long as the store is open, so that others can tell the leftovers
/// of a writer that is dead from the files of one that is at work, without a clock.
/// </summary>
internal sealed class BlobWriter : IDisposable
{
    private const int Attempts = 16;

    private readonly IDisk _disk;
    private readonly IDisposable _lock;
    private long _files;

    private BlobWriter(IDisk disk, ulong id, IDisposable held) => (_disk, Id, _lock) = (disk, id, held);

    public ulong Id { get; }

    public static BlobWriter Begin(FileBlobStoreHost host)
    {
        for (var attempt = 1; ; attempt++)
        {
            var id = host.NewNumber();
            try
            {
                return new BlobWriter(host.Disk, id, host.Disk.Lock(BlobFileNames.WriterOf(id)));
            }
            catch (DiskException error) when (error.Failure is DiskFailure.Locked or DiskFailure.NotFound && attempt < Attempts)
            {
                // A sweep found the file between its making and its locking, took it for a dead writer's and has deleted it or is about to.
            }
        }
    }

    /// <summary>A name for a temporary file, not used before.</summary>
    public string NextTemporary(string directory) => BlobFileNames.TemporaryOf(directory, Id, Interlocked.Increment(ref _files));

    /// <summary>Deletes what dead writers left in these directories.</summary>
    public void Sweep(IEnumerable<string> directories)
    {
        var left = directories.SelectMany(directory => _disk.List(directory), (directory, file) => (Directory: directory, File: file))
            .Select(file => (Path: file.Directory.Length == 0 ? file.File : $"{file.Directory}/{file.File}", Writer: BlobFileNames.WriterOfTemporary(file.File)))
            .ToLookup(file => file.Writer, file => file.Path);
        var writers = _disk.List(BlobFileNames.WriterDirectory).Select(file => BlobFileNames.ParseWriter(file)).Concat(left.Select(group => group.Key));
        foreach (var writer in writers.OfType<ulong>().Distinct().Where(writer => writer != Id))
            SweepAfter(writer, left[writer]);
    }

    /// <summary>Lets the name go; nothing of it may be under way.</summary>
    public void Dispose()
    {
        try
        {
            _disk.Delete(BlobFileNames.WriterOf(Id));
        }
        catch (DiskException)
        {
            // The next one to open the store sweeps it.
        }

        _lock.Dispose();
    }

    private void SweepAfter(ulong writer, IEnumerable<string> files)
    {
        try
        {
            using var held = _disk.Lock(BlobFileNames.WriterOf(writer));
            foreach (var file in files)
                _disk.Delete(file);

            _disk.Delete(BlobFileNames.WriterOf(writer));
        }
        catch (DiskException error) when (error.Failure is DiskFailure.Locked or DiskFailure.NotFound)
        {
            // Alive; or somebody else has just swept it.
        }
    }
}
