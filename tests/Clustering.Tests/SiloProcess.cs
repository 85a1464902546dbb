using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Hosting;

namespace Orleans.Log.Clustering.Tests;

/// <summary>A silo of a <see cref="FileCluster"/> as a process of its own, which can be killed: this assembly, started as a program.</summary>
internal sealed class SiloProcess : IDisposable
{
    private const string Verb = "silo";

    private readonly Process _process;

    private SiloProcess(Process process) => _process = process;

    /// <summary>The entry point; the test host does not use it. Runs until its input ends or it is killed.</summary>
    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is not [Verb, var folder, var siloPort, var gatewayPort])
            return 2;

        using var silo = FileCluster.BuildSilo(folder, int.Parse(siloPort, CultureInfo.InvariantCulture), int.Parse(gatewayPort, CultureInfo.InvariantCulture));
        await silo.StartAsync();
        await Console.Out.WriteLineAsync(FileCluster.AddressOf(silo).ToParsableString());
        await Console.In.ReadToEndAsync();
        await silo.StopAsync();
        return 0;
    }

    /// <summary>Address of the silo; complete once it has joined.</summary>
    public required Task<string?> Address { get; init; }

    public static SiloProcess Start(string folder, int siloPort, int gatewayPort)
    {
        var process = Process.Start(new ProcessStartInfo("dotnet", [typeof(SiloProcess).Assembly.Location, Verb, folder, $"{siloPort}", $"{gatewayPort}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        return new SiloProcess(process) { Address = process.StandardOutput.ReadLineAsync() };
    }

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();

        _process.Dispose();
    }
}
