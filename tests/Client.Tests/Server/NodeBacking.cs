using Orleans.Log.Engine;
using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Client.Tests.Server;

/// <summary>
/// A node on a directory of this machine, recovered at every start. In this process it can only be stopped, with its clients' connections
/// broken before; the process suite kills.
/// </summary>
internal sealed class NodeBacking(TimeProvider? time = null) : IBackingLog
{
    private readonly string _directory = Directory.CreateTempSubdirectory("orleans-log-client-").FullName;
    private LogNode? _node;

    public async Task<ILogService> StartAsync()
    {
        var options = new LogNodeOptions { Wal = { FileSizeMiB = 16, PreparedFiles = 1 } };
        _node = await LogNode.StartAsync(options, new LogNodeHost { Disk = HostDisk.Open(_directory), Time = time ?? TimeProvider.System });
        return _node;
    }

    public async Task KillAsync()
    {
        if (_node is not null)
            await _node.DisposeAsync();

        _node = null;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
