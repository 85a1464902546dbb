using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Orleans.Log.Client;
using Orleans.Log.Process.Faults.Load;
using Orleans.Log.Process.Faults.Server;

namespace Orleans.Log.Process.Faults;

/// <summary>The built server to callers of HTTP/1.0, to large refused bodies, and while it stops.</summary>
public sealed class CallerTests
{
    private const int Callers = 8;

    [Theory]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public async Task Busy_callers_are_answered_to_the_last_when_the_server_stops(string signal)
    {
        using var folder = new DataFolder();
        await using var server = await StartAsync(folder);
        var callers = new List<(Task Working, Task<(int Acknowledged, string LastHead)> Ended)>();
        for (var i = 0; i < Callers; i++)
            callers.Add(BusyCaller.Start(server.Address));
        await Task.WhenAll(callers.Select(static caller => caller.Working));

        (await server.StopAsync(signal)).ShouldBe(0, server.Errors);

        long acknowledged = 0;
        foreach (var (_, ended) in callers)
        {
            var (count, lastHead) = await ended.WaitAsync(TimeSpan.FromSeconds(20));
            lastHead.ShouldContain("Connection: close");
            acknowledged += count;
        }

        server.Errors.ShouldBeEmpty();
        await using var again = await ServerProcess.StartAsync(folder.Data, ServerProcess.FreePort());
        using var client = new LogClient(again.Address);
        (await client.CheckTailAsync("s")).Tail.ShouldBe(acknowledged);
    }

    [Fact]
    public async Task Ignored_hangup_stays_ignored()
    {
        using var folder = new DataFolder();
        await using var server = await ServerProcess.StartAsync(folder.Data, ServerProcess.FreePort(), wrapper: ["nohup"]);
        Tools.Run("kill", "-HUP", server.Id.ToString(CultureInfo.InvariantCulture));

        (await AskAsync(server.Address, "GET /health HTTP/1.0\r\n\r\n")).ShouldContain("\"ready\":true");
        (await server.StopAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Http10_is_answered()
    {
        using var folder = new DataFolder();
        await using var server = await StartAsync(folder);

        (await AskAsync(server.Address, "GET /health HTTP/1.0\r\n\r\n")).ShouldStartWith("HTTP/1.1 200 ");
        (await AskAsync(server.Address, "GET /alive HTTP/1.0\r\n\r\n")).ShouldStartWith("HTTP/1.1 200 ");
        (await AskAsync(server.Address, "PUT /v1/streams/t HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")).ShouldStartWith("HTTP/1.1 201 ");
        (await AskAsync(server.Address, "POST /v1/streams/t/seal HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")).ShouldStartWith("HTTP/1.1 200 ");
        var upgrade = "GET /v1/streams/s/session HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: orleans-log-session/1\r\n\r\n";
        (await AskAsync(server.Address, upgrade)).ShouldStartWith("HTTP/1.1 426 ");
    }

    [Fact]
    public async Task Refusal_of_a_large_body_reaches_the_caller()
    {
        using var folder = new DataFolder();
        await using var server = await StartAsync(folder);
        (await Olog.RunAsync(new byte[900_000], "append", "nosuch", "--raw", "--server", server.Address.ToString())).ExitCode.ShouldBe(3);

        using var client = new LogClient(server.Address);
        NewRecord[] batch = [.. Enumerable.Repeat(new NewRecord(new byte[975_000]), 4)];
        for (var i = 0; i < 60; i++)
        {
            var failure = await Should.ThrowAsync<LogClientException>(() => client.AppendAsync("nosuch", batch));
            (failure.Code, failure.SideEffects).ShouldBe(("stream_not_found", CallSideEffects.None));
        }
    }

    private static async Task<ServerProcess> StartAsync(DataFolder folder)
    {
        var server = await ServerProcess.StartAsync(folder.Data, ServerProcess.FreePort());
        using var client = new LogClient(server.Address);
        await client.EnsureStreamAsync("s");
        return server;
    }

    private static async Task<string> AskAsync(Uri server, string request)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(server.Host, server.Port);
        await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        return await new StreamReader(socket.GetStream()).ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(20));
    }
}
