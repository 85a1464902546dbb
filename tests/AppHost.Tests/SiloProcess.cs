using System.Diagnostics;

namespace Orleans.Log.AppHost.Tests;

/// <summary>Finds the process that the orchestrator started for a silo. The orchestrator knows only the process of `dotnet run` around it.</summary>
internal static class SiloProcess
{
    /// <summary>The process of the silo with this data directory.</summary>
    public static Process Find(string dataDirectory)
    {
        var setting = $"OrleansLog__DataDirectory={dataDirectory}";
        foreach (var process in Process.GetProcessesByName("Orleans.Log.Silo"))
        {
            if (File.ReadAllText($"/proc/{process.Id}/environ").Split('\0').Contains(setting))
                return process;
        }

        throw new InvalidOperationException($"No silo runs on {dataDirectory}.");
    }
}
