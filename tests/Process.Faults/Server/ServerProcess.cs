using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using OsProcess = System.Diagnostics.Process;

namespace Orleans.Log.Process.Faults.Server;

/// <summary>
/// One run of the built Standalone. Readiness and the end are events of the process (its line on standard output, its exit), never guesses
/// by time; time-outs are there to fail a test that would otherwise hang, and say what was missing.
/// </summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    /// <summary>Longer than any start here may take on a slow machine, including the recovery of gigabytes.</summary>
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(2);

    private readonly OsProcess _process;
    private readonly TaskCompletionSource<Uri> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];

    private ServerProcess(ProcessStartInfo start)
    {
        _process = new OsProcess { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => OnOutput(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(_errors, line.Data);
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1:1");

    /// <summary>Has it ended?</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Its exit code, once it has ended.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Its process number; of strace, where that is in front.</summary>
    public int Id => _process.Id;

    /// <summary>What it wrote on standard error.</summary>
    public string Errors => Joined(_errors);

    /// <summary>What it wrote on standard output.</summary>
    public string Output => Joined(_output);

    /// <summary>A port that nothing listens on just now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Starts it and waits until it serves; fails with what it said if it ends instead.</summary>
    public static async Task<ServerProcess> StartAsync(
        string data, int port, string[]? options = null, string[]? wrapper = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var server = Launch(data, port, options, wrapper, environment);
        if (!await server.WaitUntilReadyAsync())
            throw new InvalidOperationException($"The server ended with code {server.ExitCode} before it was ready. It said:\n{server.Output}\n{server.Errors}");

        return server;
    }

    /// <summary>Starts it, whatever becomes of that.</summary>
    public static ServerProcess Launch(
        string data, int port, string[]? options = null, string[]? wrapper = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var urls = options?.Any(option => option.StartsWith("--urls", StringComparison.Ordinal)) == true ? [] : new[] { "--urls", $"http://127.0.0.1:{port}" };
        string[] command = [.. wrapper ?? [], "dotnet", BuiltProgram.PathOf("Standalone"), .. urls, "--data", data, .. options ?? []];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("ORLEANS_LOG_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;

        // A process that aborts on purpose need not leave a dump, and must not take the time to write one.
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        var server = new ServerProcess(start) { Address = new Uri($"http://127.0.0.1:{port}") };
        server._process.Start();
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        return server;
    }

    /// <summary>Ends when a line of its standard output has these words, also if that was before the call.</summary>
    public async Task SaidAsync(string words)
    {
        var said = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look(object sender, DataReceivedEventArgs line)
        {
            if (Output.Contains(words, StringComparison.Ordinal))
                said.TrySetResult();
        }

        _process.OutputDataReceived += Look;
        if (Output.Contains(words, StringComparison.Ordinal))
            said.TrySetResult();

        await said.Task.WaitAsync(TimeSpan.FromSeconds(30));
        _process.OutputDataReceived -= Look;
    }

    /// <summary>Ends when it has.</summary>
    public Task Ended => _process.WaitForExitAsync();

    /// <summary>Ends when it serves (true) or has ended without (false).</summary>
    public async Task<bool> WaitUntilReadyAsync()
    {
        var ended = _process.WaitForExitAsync();
        var first = await Task.WhenAny(_ready.Task, ended).WaitAsync(StartPatience);
        return first == _ready.Task;
    }

    /// <summary>kill -9, and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);

        await WaitForExitAsync("to be gone after kill -9");
    }

    /// <summary>Asks it to stop, as a service manager does (SIGTERM) unless said otherwise, and waits for its end; its exit code.</summary>
    public async Task<int> StopAsync(string signal = "TERM")
    {
        using (var kill = OsProcess.Start("kill", [$"-{signal}", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync();

        await WaitForExitAsync("to end after SIG" + signal);
        return _process.ExitCode;
    }

    /// <summary>Waits for its end.</summary>
    public async Task WaitForExitAsync(string what, TimeSpan? patience = null)
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(patience ?? TimeSpan.FromSeconds(30));
        }
        catch (TimeoutException error)
        {
            throw new TimeoutException($"The server was expected {what}. It said:\n{Output}\n{Errors}", error);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private static string Joined(List<string> lines)
    {
        lock (lines)
            return string.Join('\n', lines);
    }

    private static void Keep(List<string> lines, string? line)
    {
        if (line is null)
            return;

        lock (lines)
            lines.Add(line);
    }

    private void OnOutput(string? line)
    {
        Keep(_output, line);
        if (line?.Contains("Now listening on: ", StringComparison.Ordinal) == true)
            _ready.TrySetResult(Address);
    }
}
