using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using OsProcess = System.Diagnostics.Process;

namespace Orleans.Log.Cluster.Faults;

/// <summary>One run of a built program of the cluster. Its end is an event of the process; that it serves is told by its own health, asked again and again.</summary>
internal sealed class ProgramRun : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(50);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };

    private static readonly ConcurrentDictionary<int, bool> Taken = new();

    private readonly OsProcess _process;
    private readonly List<string> _lines = [];

    private ProgramRun(OsProcess process, Uri address)
    {
        (_process, Address) = (process, address);
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
    }

    /// <summary>Where it listens for HTTP.</summary>
    public Uri Address { get; }

    /// <summary>Everything that it wrote.</summary>
    public string Said
    {
        get
        {
            lock (_lines)
                return string.Join('\n', _lines);
        }
    }

    /// <summary>A port that nothing listens on just now; below those that the system gives to outgoing connections, so that none of them has it when a program is started again.</summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(12_000, 32_000);
            if (!Taken.TryAdd(port, true))
                continue;

            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody else's.
            }
        }
    }

    /// <summary>Starts a program with settings in its environment.</summary>
    public static ProgramRun Launch(string program, int port, IReadOnlyDictionary<string, string> settings)
    {
        var path = typeof(ProgramRun).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == program).Value!;
        var start = new ProcessStartInfo("dotnet", [path]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var (name, value) in settings)
            start.Environment[name] = value;

        start.Environment["OrleansLog__Urls"] = $"http://127.0.0.1:{port}";
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        var run = new ProgramRun(new OsProcess { StartInfo = start, EnableRaisingEvents = true }, new Uri($"http://127.0.0.1:{port}"));
        run._process.Start();
        run._process.BeginOutputReadLine();
        run._process.BeginErrorReadLine();
        return run;
    }

    /// <summary>Ends when it says that it is ready; fails with what it said if it ends instead.</summary>
    public async Task<ProgramRun> ReadyAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"The program ended with code {_process.ExitCode} before it was ready. It said:\n{Said}");

            try
            {
                using var answer = await Http.GetAsync(new Uri(Address, "/health"), patience.Token);
                if (answer.IsSuccessStatusCode)
                    return this;
            }
            catch (Exception error) when (error is HttpRequestException or TaskCanceledException && !patience.IsCancellationRequested)
            {
                // It does not listen yet.
            }

            await Task.Delay(AskAgain, TimeProvider.System, patience.Token);
        }
    }

    /// <summary>Its exit code, once it has ended by itself.</summary>
    public async Task<int> EndedAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);

        await EndedAsync();
    }

    /// <summary>SIGTERM, and its exit code.</summary>
    public async Task<int> StopAsync()
    {
        await SignalAsync("TERM");
        return await EndedAsync();
    }

    /// <summary>Stops the process where it stands, as a machine does that is swapping or whose virtual machine is moved.</summary>
    public Task FreezeAsync() => SignalAsync("STOP");

    /// <summary>Lets it go on.</summary>
    public Task ThawAsync() => SignalAsync("CONT");

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = OsProcess.Start("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;

        lock (_lines)
            _lines.Add(line);
    }
}
