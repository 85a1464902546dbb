using Orleans.Log.Engine;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Testing.Conformance;

namespace Orleans.Log.Testing;

/// <summary>
/// The engine on a real directory, small and thrown away afterwards. In memory where the machine has a file system there: what is tested
/// with it is behaviour; durability has its own suites.
/// </summary>
public class LogNodeFactory : ILogServiceFactory
{
    private readonly string _directory = Path.Combine(
        Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), "orleans-log-" + Path.GetRandomFileName());

    private LogNode? _node;

    /// <summary>What ended the node's log, if anything did.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>The node's blob store; none here.</summary>
    protected virtual IBlobStore? Blobs => null;

    public async Task<ILogService> StartAsync(TimeProvider time)
    {
        // The smallest files that take the largest batch, and none more than needed.
        var options = new LogNodeOptions { Wal = { FileSizeMiB = 10, PreparedFiles = 1, KeepFreeBytes = 0 } };
        var host = new LogNodeHost { Disk = HostDisk.Open(_directory), Time = time, Blobs = Blobs, OnFailure = failure => Failure = failure };
        return _node = await LogNode.StartAsync(options, host);
    }

    public async Task StopAsync()
    {
        try
        {
            if (_node is not null)
                await _node.DisposeAsync();
        }
        finally
        {
            Directory.Delete(_directory, recursive: true);
        }

        if (Failure is not null)
            throw new InvalidOperationException("The node's log failed.", Failure);
    }
}

/// <summary>The same with a blob store in memory.</summary>
public sealed class LogNodeStoreFactory : LogNodeFactory
{
    protected override IBlobStore Blobs { get; } = new MemoryBlobStore();
}
