using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Orleans.Log.Silo.Tests;

/// <summary>./cluster, as the README shows it to a new user.</summary>
public sealed class ClusterScriptTests : IAsyncLifetime
{
    /// <summary>A bound on one run of commands, for the case that it does not end: it builds, and starts eight processes one after the other.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private static readonly string Root = FindRoot();

    private readonly string _data = Directory.CreateTempSubdirectory("olog-cluster-").FullName;
    private readonly int _port = FreePorts();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await RunAsync("./cluster stop");
        Directory.Delete(_data, recursive: true);
    }

    [ClusterScriptFact]
    public async Task The_commands_of_the_README_work_as_they_stand()
    {
        var (code, said) = await RunAsync(Commands());

        code.ShouldBe(0, said);
        said.ShouldContain("""{"start":0,"end":2,"tail":2,"duplicate":false}""");
        said.ShouldContain("\"nodes\":[");
        said.ShouldContain("silo-2 (process ");
        said.ShouldContain("silo-4   ");
        said.ShouldContain("api is ready again");
        said.ShouldContain("silo-1 stopped");
        (await RunAsync("./cluster status")).Code.ShouldBe(1, "nothing runs any more");
    }

    [ClusterScriptFact]
    public async Task A_silo_without_its_directory_says_why_it_does_not_start_and_is_restored_by_an_order()
    {
        var before = """
            ./cluster start 1
            curl -fs -X PUT http://127.0.0.1:5075/v1/streams/orders
            curl -fs -H 'Content-Type: text/plain' --data-binary apples http://127.0.0.1:5075/v1/streams/orders/records
            curl -fs -X POST http://127.0.0.1:5075/v1/streams/orders/snapshots
            curl -fs http://127.0.0.1:5075/metrics
            ./cluster restart
            ./cluster kill 1
            """;
        var (code, said) = await RunAsync(before);
        code.ShouldBe(0, said);
        Directory.Delete(Path.Combine(_data, "silo-1"), recursive: true);

        (code, said) = await RunAsync("./cluster start 1");
        code.ShouldBe(1, said);
        said.ShouldContain("cluster: silo-1 ended: orleans-log-silo: The data directory is empty");

        (code, said) = await RunAsync("OrleansLog__Restore=true ./cluster start 1; curl -fs 'http://127.0.0.1:5075/v1/streams/orders/records?from=0'");
        code.ShouldBe(0, said);
        said.ShouldContain("apples");
    }

    [ClusterScriptFact]
    public async Task What_it_does_not_know_it_refuses()
    {
        foreach (var (command, why) in new[] { ("./cluster fly", "unknown verb fly"), ("./cluster start many", "number of silos"), ("./cluster --fast start", "unknown option --fast"), ("./cluster kill", "say which silo"), ("./cluster start 1 2", "one too many") })
        {
            var (code, said) = await RunAsync(command);
            code.ShouldBe(2, said);
            said.ShouldContain(why);
        }

        var (none, nothing) = await RunAsync("./cluster kill 7");
        (none, nothing.Trim()).ShouldBe((1, "cluster: silo-7 is not running"));
    }

    /// <summary>The first block of commands in the section.</summary>
    private static string Commands()
    {
        var readme = File.ReadAllText(Path.Combine(Root, "README.md"));
        var section = readme[readme.IndexOf("\n## The cluster\n", StringComparison.Ordinal)..];
        var block = section[(section.IndexOf("```bash\n", StringComparison.Ordinal) + 8)..];
        return block[..block.IndexOf("```", StringComparison.Ordinal)];
    }

    /// <summary>Runs commands of the root folder; the cluster has a folder and ports of its own.</summary>
    private async Task<(int Code, string Said)> RunAsync(string commands)
    {
        var ours = commands.Replace("./cluster", $"./cluster --data '{_data}' --port {_port}", StringComparison.Ordinal).Replace(":5075", $":{_port}", StringComparison.Ordinal);
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-e", "-c", ours]) { WorkingDirectory = Root, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var said = Task.WhenAll(shell.StandardOutput.ReadToEndAsync(), shell.StandardError.ReadToEndAsync());
        await shell.WaitForExitAsync().WaitAsync(Patience);
        return (shell.ExitCode, string.Concat(await said));
    }

    /// <summary>A port below those that the system gives away, whose neighbours are free too, as far as one can see.</summary>
    private static int FreePorts()
    {
        while (true)
        {
            var port = Random.Shared.Next(12_000, 28_000);
            if (Enumerable.Range(0, 5).SelectMany(n => new[] { port + n, port + 1000 + n, port + 2000 + n }).All(IsFree))
                return port;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var probe = new TcpListener(IPAddress.Loopback, port);
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Orleans.Log.sln")))
            directory = directory.Parent ?? throw new InvalidOperationException("No Orleans.Log.sln above the suite.");

        return directory.FullName;
    }
}

/// <summary>A test that needs bash and curl; says so where they are missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ClusterScriptFactAttribute : FactAttribute
{
    private static readonly string[] Needed = ["bash", "curl", "ps"];

    public ClusterScriptFactAttribute() => Skip = Array.Find(Needed, static program => !Has(program)) is { } missing ? $"needs {missing}" : null;

    private static bool Has(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));
}
