using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Orleans.Log.Silo.Tests;

/// <summary>The built silo as a process, with ports of its own.</summary>
internal sealed class SiloProcess : IAsyncDisposable
{
    /// <summary>A bound on a start and on an end, for the case that neither comes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly StringBuilder _said = new();
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SiloProcess(Process process, int web, int silo) => (_process, Web, SiloPort) = (process, new Uri($"http://127.0.0.1:{web}"), silo);

    public Uri Web { get; }

    public int SiloPort { get; }

    /// <summary>Everything that it wrote so far.</summary>
    public string Said
    {
        get
        {
            lock (_said)
                return _said.ToString();
        }
    }

    /// <summary>Starts it on a data directory, with blobs beside it unless something else is said.</summary>
    public static SiloProcess Start(string directory, params string[] arguments)
    {
        var (web, silo, gateway) = (FreePort(), FreePort(), FreePort());
        string[] all =
        [
            Path.Combine(AppContext.BaseDirectory, "Orleans.Log.Silo.dll"), $"--OrleansLog:DataDirectory={directory}", $"--OrleansLog:Blobs:Path={directory}-blobs", $"--OrleansLog:Urls=http://127.0.0.1:{web}",
            $"--Orleans:Endpoints:SiloPort={silo}", $"--Orleans:Endpoints:GatewayPort={gateway}", .. arguments,
        ];
        var started = new SiloProcess(new Process { StartInfo = new ProcessStartInfo("dotnet", all) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true } }, web, silo);
        started._process.OutputDataReceived += (_, line) => started.Hear(line.Data);
        started._process.ErrorDataReceived += (_, line) => started.Hear(line.Data);
        started._process.Start();
        started._process.BeginOutputReadLine();
        started._process.BeginErrorReadLine();
        return started;
    }

    /// <summary>Returns when it has joined and answers.</summary>
    public async Task WhenUpAsync()
    {
        var ended = _process.WaitForExitAsync();
        if (await Task.WhenAny(_listening.Task, ended).WaitAsync(Patience) == ended)
            throw new InvalidOperationException($"The silo ended with code {_process.ExitCode}: {Said}");
    }

    /// <summary>Its exit code, when it has ended by itself.</summary>
    public async Task<int> WhenEndedAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    /// <summary>Asks it to stop, and waits until it has.</summary>
    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        return await WhenEndedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private void Hear(string? line)
    {
        if (line is null)
            return;

        lock (_said)
            _said.AppendLine(line);

        if (line.Contains("Now listening on", StringComparison.Ordinal))
            _listening.TrySetResult();
    }
}
