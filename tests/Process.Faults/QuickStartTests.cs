using System.Diagnostics;
using Orleans.Log.Process.Faults.Server;

namespace Orleans.Log.Process.Faults;

/// <summary>The quick start of the README, as it stands there, against the built server.</summary>
public sealed class QuickStartTests
{
    private const string Mark = "<!-- quick start: a test runs these commands as they stand here -->\n```bash\n";

    [CurlFact]
    public async Task The_quick_start_does_what_it_says()
    {
        using var folder = new DataFolder();
        await using var server = await ServerProcess.StartAsync(folder.Data, ServerProcess.FreePort());
        var commands = Commands();
        commands.ShouldContain("http://127.0.0.1:5075");

        // Only the port is another one, so that the test can run beside a server.
        var start = new ProcessStartInfo("bash", ["-e", "-c", commands.Replace("http://127.0.0.1:5075", server.Address.ToString().TrimEnd('/'), StringComparison.Ordinal)])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using var bash = System.Diagnostics.Process.Start(start)!;
        var output = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();

        bash.ExitCode.ShouldBe(0, output);
        output.ShouldContain("\"name\":\"orders\"");
        output.ShouldContain("{\"start\":0,\"end\":2,\"tail\":2,\"duplicate\":false}");
        output.ShouldContain("{\"start\":2,\"end\":3,\"tail\":3,\"duplicate\":false}");
        output.ShouldContain("\"text\":\"pears\"");
        output.ShouldContain("\"headers\":[[\"from\",\"garden\"]]");
        output.ShouldContain("event: batch");
    }

    private static string Commands()
    {
        var readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        var from = readme.IndexOf(Mark, StringComparison.Ordinal) + Mark.Length;
        return readme[from..readme.IndexOf("```", from, StringComparison.Ordinal)];
    }

    /// <summary>A test that needs bash and curl; says so where they are not.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class CurlFactAttribute : FactAttribute
    {
        public CurlFactAttribute()
        {
            if (!Tools.Succeeds("bash", "-c", "curl --version"))
                Skip = "needs bash and curl";
        }
    }
}
