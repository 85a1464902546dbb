using System.ComponentModel;
using System.Diagnostics;

namespace Orleans.Log.Testing.Azurite;

/// <summary>Azurite as npm has it, installed once per machine into a temporary folder.</summary>
public static class AzuritePackage
{
    private const string Version = "3.35.0";
    private const string Main = "node_modules/azurite/dist/src/blob/main.js";

    private static readonly TimeSpan InstallTimeout = TimeSpan.FromMinutes(4);
    private static readonly string Folder = Path.Combine(Path.GetTempPath(), $"olog-azurite-{Version}-{Environment.UserName}");
    private static readonly Lazy<string?> Reason = new(Install);

    /// <summary>Why there is no server to be had, or null. The first to ask installs it, which takes a while.</summary>
    public static string? Missing => Reason.Value;

    /// <summary>The program, for node.</summary>
    internal static string EntryPoint => Missing is { } reason ? throw new InvalidOperationException(reason) : Path.Combine(Folder, Main);

    private static string? Install()
    {
        if (!Succeeds("node", ["--version"], out var said))
            return $"needs node, to run Azurite ({said})";

        if (File.Exists(Path.Combine(Folder, Main)))
            return null;

        // Beside its place and then moved there: another suite may be installing it at this moment, and one of the two is enough.
        var fresh = Directory.CreateTempSubdirectory("olog-azurite-install-").FullName;
        try
        {
            string[] install = ["install", $"azurite@{Version}", "--prefix", fresh, "--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--loglevel", "error"];
            if (!Succeeds(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", install, out said))
                return $"needs azurite {Version} from npm, which cannot be installed ({said})";

            Directory.Move(fresh, Folder);
            return null;
        }
        catch (IOException) when (File.Exists(Path.Combine(Folder, Main)))
        {
            return null;
        }
        finally
        {
            if (Directory.Exists(fresh))
                Directory.Delete(fresh, recursive: true);
        }
    }

    /// <summary>Runs a program to its end. What it said, or why it could not be run, comes back in one line.</summary>
    private static bool Succeeds(string program, string[] arguments, out string said)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
                Environment = { ["npm_config_update_notifier"] = "false" },
            })!;
            var outputs = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            if (!process.WaitForExit(InstallTimeout))
            {
                process.Kill(entireProcessTree: true);
                said = $"it took longer than {InstallTimeout}";
                return false;
            }

            var text = string.Concat(outputs.Result).ReplaceLineEndings(" ").Trim();
            said = text[..Math.Min(200, text.Length)];
            return process.ExitCode == 0;
        }
        catch (Win32Exception error)
        {
            said = error.Message;
            return false;
        }
    }
}
