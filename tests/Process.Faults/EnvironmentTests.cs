using Orleans.Log.Process.Faults.Server;

namespace Orleans.Log.Process.Faults;

/// <summary>Variables that others put into the environment of the built programs.</summary>
public sealed class EnvironmentTests
{
    // Nothing listens there; 192.0.2.0/24 is for documentation and belongs to nobody.
    private static readonly Dictionary<string, string> Proxy = new() { ["http_proxy"] = "http://user:secret@127.0.0.1:1" };

    [Fact]
    public async Task Server_starts_beside_the_variables_of_a_Kubernetes_service()
    {
        using var folder = new DataFolder();
        var environment = new Dictionary<string, string>
        {
            ["ORLEANS_LOG_SERVICE_HOST"] = "10.0.0.11",
            ["ORLEANS_LOG_SERVICE_PORT"] = "5075",
            ["ORLEANS_LOG_PORT"] = "tcp://10.0.0.11:5075",
            ["ORLEANS_LOG_PORT_5075_TCP"] = "tcp://10.0.0.11:5075",
            ["ORLEANS_LOG_PORT_5075_TCP_ADDR"] = "10.0.0.11",
        };
        await using var server = await ServerProcess.StartAsync(folder.Data, ServerProcess.FreePort(), environment: environment);

        (await Olog.RunAsync(environment, "ls", "--server", server.Address.ToString())).ExitCode.ShouldBe(0);
        (await server.StopAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Olog_reaches_loopback_past_a_proxy()
    {
        using var folder = new DataFolder();
        await using var server = await ServerProcess.StartAsync(folder.Data, ServerProcess.FreePort());
        await File.WriteAllTextAsync(folder.FileBeside("lines"), "one\ntwo\n");

        (await Olog.RunAsync(Proxy, "import", folder.FileBeside("lines"), "s", "--server", server.Address.ToString())).ExitCode.ShouldBe(0);
        (await Olog.RunAsync(Proxy, "ls", "--server", $"http://localhost:{server.Address.Port}")).Output.ShouldContain("s");
        (await server.StopAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Olog_names_the_proxy_that_it_fails_at()
    {
        var (code, _, errors) = await Olog.RunAsync(Proxy, "ls", "--server", "http://192.0.2.1:5075");

        code.ShouldBe(5, errors);
        errors.ShouldContain("http://127.0.0.1:1");
        errors.ShouldNotContain("secret");
    }
}
