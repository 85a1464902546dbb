using System.Diagnostics;
using System.Net.Sockets;

namespace Orleans.Log.Standalone.Tests.Proxies;

/// <summary>A real nginx in a folder of its own. It listens on a socket in that folder, so that no port can be taken by another.</summary>
internal sealed class Nginx : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly Process _process;
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _log = [];

    private Nginx(DirectoryInfo folder, Process process)
    {
        (_folder, _process) = (folder, process);
        Handler = new SocketsHttpHandler { ConnectCallback = async (_, cancellationToken) => await ConnectAsync(cancellationToken) };
    }

    /// <summary>Carries requests to it, whatever their address.</summary>
    public SocketsHttpHandler Handler { get; }

    private string SocketPath => Path.Combine(_folder.FullName, "nginx.sock");

    /// <summary>Starts one with these contents of its <c>http</c> block, in which every <c>listen 80;</c> becomes its socket.</summary>
    public static async Task<Nginx> StartAsync(string http)
    {
        var folder = Directory.CreateTempSubdirectory("orleans-log-nginx-");
        var temporary = string.Concat(new[] { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" }.Select(kind => $"{kind}_temp_path {folder.FullName}/{kind};\n"));
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "nginx.conf"), $$"""
            daemon off;
            master_process off;
            pid {{folder.FullName}}/nginx.pid;
            error_log stderr notice;
            events { }
            http {
                access_log off;
                {{temporary}}
                {{http.Replace("listen 80;", $"listen unix:{folder.FullName}/nginx.sock;", StringComparison.Ordinal)}}
            }
            """);
        var process = new Process
        {
            StartInfo = new ProcessStartInfo(NginxFactAttribute.Program!, ["-e", "stderr", "-p", folder.FullName, "-c", "nginx.conf"]) { RedirectStandardError = true, UseShellExecute = false },
            EnableRaisingEvents = true,
        };
        var nginx = new Nginx(folder, process);
        process.ErrorDataReceived += (_, line) => nginx.Read(line.Data);
        process.Exited += (_, _) => nginx._listening.TrySetException(new InvalidOperationException("nginx ended."));
        process.Start();
        process.BeginErrorReadLine();
        await nginx._listening.Task.WaitAsync(TimeSpan.FromSeconds(20));
        return nginx;
    }

    /// <summary>A connection of its own, for what a client of HTTP does not do.</summary>
    public async Task<NetworkStream> ConnectAsync(CancellationToken cancellationToken = default)
    {
        var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await connection.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), cancellationToken);
        return new NetworkStream(connection, ownsSocket: true);
    }

    /// <summary>What it complained of.</summary>
    public string[] Complaints()
    {
        lock (_log)
            return [.. _log.Where(line => !line.Contains("[notice]", StringComparison.Ordinal))];
    }

    public async ValueTask DisposeAsync()
    {
        Handler.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private void Read(string? line)
    {
        if (line is null)
            return;

        lock (_log)
            _log.Add(line);

        // It says so once its sockets are open.
        if (line.Contains("event method", StringComparison.Ordinal))
            _listening.TrySetResult();
    }
}

/// <summary>A test behind nginx; says so where there is none. Nothing is downloaded or installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NginxFactAttribute : FactAttribute
{
    public NginxFactAttribute()
    {
        if (Program is null)
            Skip = "needs nginx on the PATH (Debian's package nginx-light): the API was NOT tried behind a proxy";
    }

    internal static string? Program { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "nginx"))
        .FirstOrDefault(File.Exists);
}
