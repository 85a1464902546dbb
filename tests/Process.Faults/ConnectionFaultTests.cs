using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Orleans.Log.Client;
using Orleans.Log.Process.Faults.Load;
using Orleans.Log.Process.Faults.Server;
using Xunit.Abstractions;

namespace Orleans.Log.Process.Faults;

/// <summary>Floods of connections, and connections that take little or nothing, against the built server.</summary>
public sealed class ConnectionFaultTests(ITestOutputHelper output) : IDisposable
{
    private const int Descriptors = 1_024;

    private static readonly char[] Blanks = [' ', '\t'];

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [LinuxFact]
    public async Task Flood_of_connections_leaves_descriptors_for_the_log()
    {
        await using var server = await StartAsync(["--blobs", "none", "--wal-file-size", "9MiB"], LimitedTo(Descriptors));
        using var http = new HttpClient { BaseAddress = server.Address };
        using var client = new LogClient(server.Address);
        await client.EnsureStreamAsync("s");
        var limit = (await HealthAsync(http)).GetProperty("limit").GetInt32();

        using var flood = new Connections();
        for (var i = 0; i < Descriptors + 200; i++)
            await flood.OpenAsync(server.Address);

        // Some WAL files' worth: for each of them the next one is made and opened.
        for (var i = 0; i < 50; i++)
            await client.AppendAsync("s", new[] { NewRecord.FromText(new string('x', 900_000)) });

        var health = await HealthAsync(http);
        output.WriteLine(health.ToString());
        health.GetProperty("descriptors").GetInt32().ShouldBe(Descriptors);
        (health.GetProperty("reserved_descriptors").GetInt32() + limit).ShouldBe(Descriptors);
        health.GetProperty("open").GetInt32().ShouldBeLessThanOrEqualTo(limit);
        server.Output.ShouldContain($"at most {limit} ");
        server.Output.ShouldNotContain("Too many open files");
        (await server.StopAsync()).ShouldBe(0, server.Errors);
    }

    [LinuxFact]
    public async Task Accepting_pauses_while_descriptors_are_short_and_then_resumes()
    {
        await using var server = await StartAsync(["--blobs", "none"], wrapper: null);
        using (var http = new HttpClient { BaseAddress = server.Address })
            await HealthAsync(http);

        var before = SoftLimitOf(server);
        Tools.Run("prlimit", "--pid", Text(server.Id), "--nofile=1:");
        using var late = new HttpClient { BaseAddress = server.Address };
        var waiting = HealthAsync(late);
        await server.SaidAsync("No connection can be accepted");
        Tools.Run("prlimit", "--pid", Text(server.Id), $"--nofile={before}:");

        await waiting;

        server.Output.Split("No connection can be accepted").Length.ShouldBe(2, "one line for each time that accepting fails");
    }

    [LinuxFact]
    public async Task Readers_that_take_nothing_are_closed_after_ten_seconds()
    {
        await using var server = await StartAsync(["--blobs", "none"], wrapper: null);
        await FillAsync(server.Address, mebibytes: 8);
        using var connections = new Connections();

        var ends = await Task.WhenAll(
            EndAsync(connections, server.Address, Request("/v1/streams/s/records?from=0&limit=10000&max_bytes=4194304", "application/json")),
            EndAsync(connections, server.Address, Request("/v1/streams/s/records?from=0", "text/event-stream")),
            SessionEndAsync(connections, server.Address));

        output.WriteLine($"page, events, session: closed after {string.Join(", ", ends.Select(end => end.ToString("F1", CultureInfo.InvariantCulture)))} s");
        ends[..2].ShouldAllBe(end => end > 9, "not before their time, measured from here");
        ends.ShouldAllBe(end => end < 20);
        using var http = new HttpClient { BaseAddress = server.Address };
        (await http.GetStringAsync("/metrics")).ShouldContain("orleans_log_http_connections_stalled_total{} 3");
    }

    [LinuxFact]
    public async Task Slow_readers_stay_and_cost_little()
    {
        const int readers = 1_000;
        await using var server = await StartAsync(["--blobs", "none"], wrapper: null);

        // All of it is in the log's own memory: what reading files costs is not the readers'.
        await FillAsync(server.Address, mebibytes: 16);
        await WarmUpAsync(server.Address);
        using var connections = new Connections();
        var before = ResidentKiB(server);
        for (var i = 0; i < readers; i++)
            await connections.SendAsync(server.Address, Request("/v1/streams/s/records?from=0", "text/event-stream"));

        // A KiB a second each, for longer than those who take nothing are kept.
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        long most = 0;
        var series = new List<string>();
        for (var i = 0; i < LongForm.Choose(20, 120) && await second.WaitForNextTickAsync(); i++)
        {
            await connections.TakeAsync(1024);
            most = Math.Max(most, ResidentKiB(server));
            series.Add(Text((int)((ResidentKiB(server) - before) / readers)));
        }

        output.WriteLine($"{readers} readers at 1 KiB/s: {(double)(most - before) / readers:F0} KiB of memory each; {before} KiB before, by the second: {string.Join(' ', series)}");
        ((most - before) / readers).ShouldBeLessThanOrEqualTo(64);
    }

    private static string Request(string path, string accept) => $"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n\r\n";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string[] LimitedTo(int descriptors) => ["bash", "-c", $"ulimit -n {Text(descriptors)}; exec \"$0\" \"$@\""];

    private static long ResidentKiB(ServerProcess server) => Number(File.ReadLines($"/proc/{Text(server.Id)}/status"), "VmRSS:");

    private static long SoftLimitOf(ServerProcess server) => Number(File.ReadLines($"/proc/{Text(server.Id)}/limits"), "Max open files");

    private static long Number(IEnumerable<string> lines, string name)
    {
        var words = lines.First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Split(Blanks, StringSplitOptions.RemoveEmptyEntries);
        return long.Parse(words[0], CultureInfo.InvariantCulture);
    }

    private static async Task<JsonElement> HealthAsync(HttpClient http) =>
        JsonDocument.Parse(await http.GetStringAsync("/health")).RootElement.GetProperty("connections").Clone();

    private static async Task FillAsync(Uri server, int mebibytes)
    {
        using var client = new LogClient(server);
        await client.EnsureStreamAsync("s");
        var batch = Enumerable.Range(0, 1_000).Select(_ => NewRecord.FromText(new string('x', 1_000))).ToArray();
        for (var i = 0; i < mebibytes; i++)
            await client.AppendAsync("s", batch);
    }

    /// <summary>Reads all of the stream as pages and as events, so that what the first readers cost once is not counted as theirs.</summary>
    private static async Task WarmUpAsync(Uri server)
    {
        using var client = new LogClient(server);
        var tail = (await client.CheckTailAsync("s")).Tail;
        for (long next = 0; next < tail;)
            next = (await client.ReadAsync("s", ReadStart.AtLsn(next))).Next;

        await using var follower = new EventFollower(server, "s");
        await follower.ReachAsync((int)tail);
    }

    /// <summary>Seconds until the connection of one who sends a request and never reads is closed.</summary>
    private static async Task<double> EndAsync(Connections connections, Uri server, string request)
    {
        var socket = await connections.SendAsync(server, request);
        return await ClosedAsync(socket);
    }

    /// <summary>Seconds until the connection of an appender that sends as it can and never reads is closed.</summary>
    private static async Task<double> SessionEndAsync(Connections connections, Uri server)
    {
        var began = TimeProvider.System.GetTimestamp();
        var socket = await connections.SendAsync(
            server, "GET /v1/streams/s/session HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: orleans-log-session/1\r\n\r\n");
        var frame = SessionFrames.Append("x"u8);
        try
        {
            while (true)
                await socket.SendAsync(frame);
        }
        catch (SocketException)
        {
            return TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        }
    }

    private static Task<double> ClosedAsync(Socket socket) => Task.Run(() =>
    {
        var began = TimeProvider.System.GetTimestamp();
        socket.Poll(TimeSpan.FromSeconds(60), SelectMode.SelectError).ShouldBeTrue("it must be closed");
        return TimeProvider.System.GetElapsedTime(began).TotalSeconds;
    });

    private Task<ServerProcess> StartAsync(string[] options, string[]? wrapper) =>
        ServerProcess.StartAsync(_folder.Data, ServerProcess.FreePort(), options, wrapper);
}
