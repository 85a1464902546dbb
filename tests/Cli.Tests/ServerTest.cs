using Orleans.Log.Testing;

namespace Orleans.Log.Cli.Tests;

/// <summary>A test with a server of its own and a directory for files.</summary>
public abstract class ServerTest : IAsyncLifetime
{
    private LogServer? _server;

    protected VolatileLogService Log { get; } = new VolatileLogService(TimeProvider.System, new VolatileStore());

    protected string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("olog-cli-tests-").FullName;

    internal LogServer Server => _server!;

    internal Olog Olog => new(Server.Url);

    public async Task InitializeAsync() => _server = await LogServer.StartAsync(Log);

    public async Task DisposeAsync()
    {
        await Server.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    internal Task<OlogOutcome> RunAsync(params string[] arguments) => Olog.RunAsync(arguments);

    protected string FileOf(byte[] bytes, string name = "file")
    {
        var path = Path.Combine(Directory, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
