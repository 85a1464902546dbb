using System.Globalization;
using System.Text;
using Orleans.Log.ServiceDefaults;

namespace Orleans.Log.Standalone.Settings;

/// <summary>The setting table for people: <c>--help</c>, and the reference in the README, which a test holds to this.</summary>
internal static class HelpText
{
    private const string ExitCodes = "0 stopped as asked, 1 defect, 2 wrong option, 3 directory in use, 4 newer version, 5 directory refused, 6 disk, 7 address, 8 blob store refused, 9 blob store away, 10 restore needed; see docs/OPERATIONS.md.";

    public static bool IsAskedFor(IEnumerable<string> arguments) => arguments.Any(argument => argument is "--help" or "-h");

    /// <summary>Prints the help; the exit code.</summary>
    public static int Print()
    {
        Console.Write(Render());
        return ProcessExit.Ok;
    }

    public static string Render()
    {
        var text = new StringBuilder("""
            Orleans.Log, one node in one process. Usage: Orleans.Log.Standalone [--NAME VALUE]...

            Every option can also be given as an environment variable (--wal-io-depth is ORLEANS_LOG_WAL_IO_DEPTH) or under "OrleansLog" in
            appsettings.json in the working directory (WalIoDepth). The command line counts before the environment, that before the file.


            """);
        foreach (var setting in SettingTable.All)
            text.Append(CultureInfo.InvariantCulture, $"  --{setting.Name,-20} {setting.Meaning} Default: {setting.Default}.\n");

        return text.Append(CultureInfo.InvariantCulture, $"\nTelemetry: /metrics; OTLP when OTEL_EXPORTER_OTLP_ENDPOINT is set. Exit codes: {ExitCodes}\n").ToString();
    }

    /// <summary>The reference as a Markdown table.</summary>
    public static string Markdown()
    {
        var text = new StringBuilder("| option | default | meaning |\n|---|---|---|\n");
        foreach (var setting in SettingTable.All)
            text.Append(CultureInfo.InvariantCulture, $"| `--{setting.Name}` | {setting.Default} | {setting.Meaning} |\n");

        return text.ToString();
    }
}
