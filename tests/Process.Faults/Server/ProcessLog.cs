using Orleans.Log.Client.Tests.Server;

namespace Orleans.Log.Process.Faults.Server;

/// <summary>The built server in a process of its own, as the appenders' suite knows logs: killing it is kill -9.</summary>
internal sealed class ProcessLog : HttpLog
{
    private readonly DataFolder _folder = new();
    private readonly int _port = ServerProcess.FreePort();
    private ServerProcess? _server;

    protected override Uri Address => new($"http://127.0.0.1:{_port}");

    public static async Task<ProcessLog> StartAsync()
    {
        var log = new ProcessLog();
        await log.RestartAsync();
        return log;
    }

    public override async Task KillAsync()
    {
        if (_server is null)
            return;

        await _server.DisposeAsync();
        _server = null;
    }

    public override async Task RestartAsync() => _server = await ServerProcess.StartAsync(_folder.Data, _port, ["--wal-file-size", "16MiB"]);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await KillAsync();
        _folder.Dispose();
    }
}
