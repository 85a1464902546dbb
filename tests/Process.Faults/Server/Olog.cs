using System.Diagnostics;

namespace Orleans.Log.Process.Faults.Server;

/// <summary>Runs of the command line tool, as a user runs it.</summary>
internal static class Olog
{
    /// <summary>Runs it to its end; the exit code, and what it said on standard error.</summary>
    public static async Task<(int ExitCode, string Errors)> RunAsync(Uri server, params string[] arguments)
    {
        var (exitCode, _, errors) = await RunAsync([.. arguments, "--server", server.ToString()]);
        return (exitCode, errors);
    }

    /// <summary>Runs a verb that needs no server; also what it said on standard output.</summary>
    public static Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments) =>
        RunAsync(new Dictionary<string, string>(), null, arguments);

    /// <summary>The same with variables in its environment.</summary>
    public static Task<(int ExitCode, string Output, string Errors)> RunAsync(IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        RunAsync(environment, null, arguments);

    /// <summary>The same with that as its standard input.</summary>
    public static Task<(int ExitCode, string Output, string Errors)> RunAsync(byte[] input, params string[] arguments) =>
        RunAsync(new Dictionary<string, string>(), input, arguments);

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(
        IReadOnlyDictionary<string, string> environment, byte[]? input, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [BuiltProgram.PathOf("Cli"), .. arguments])
        {
            RedirectStandardInput = input is not null,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;

        using var process = System.Diagnostics.Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (input is not null)
        {
            await process.StandardInput.BaseStream.WriteAsync(input);
            process.StandardInput.Close();
        }

        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        return (process.ExitCode, await output, await errors);
    }
}
