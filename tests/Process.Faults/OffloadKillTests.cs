using Orleans.Log.Client;
using Orleans.Log.Process.Faults.Load;
using Orleans.Log.Process.Faults.Server;
using Xunit.Abstractions;

namespace Orleans.Log.Process.Faults;

/// <summary>
/// A server that offloads all the time is killed before a flush or a rename, another one every time: between any two steps of publishing and reclaiming, since
/// each ends with one of the two. What was acknowledged is there again, in the log or in the store, in order and once.
/// </summary>
public sealed class OffloadKillTests(ITestOutputHelper output)
{
    private const int WritersPerStream = 2;
    private static readonly string[] Streams = ["alpha", "beta", "gamma"];

    /// <summary>What a step ends with: a blob or a checkpoint takes its name, or what was written is flushed.</summary>
    private static readonly string[] Calls = ["rename", "fsync"];

    [StraceFact]
    public async Task Killed_between_any_two_steps_of_offloading_nothing_acknowledged_is_lost()
    {
        var cycles = LongForm.Choose(quick: 8, lengthy: 400);
        using var folder = new DataFolder();
        string[] options = ["--blobs", folder.Blobs, "--wal-file-size", "16MiB", "--segment-size", "64KiB", "--segment-age", "1s"];
        var port = ServerProcess.FreePort();
        using var client = new LogClient(new Uri($"http://127.0.0.1:{port}"), new LogClientOptions { MaxRetryDelay = TimeSpan.FromMilliseconds(200) });
        var (writers, died) = (new List<Writer>(), 0);
        await using (var first = await ServerProcess.StartAsync(folder.Data, port, options))
        {
            foreach (var stream in Streams)
            {
                await client.EnsureStreamAsync(stream);
                for (var i = 0; i < WritersPerStream; i++)
                    writers.Add(await Writer.StartAsync(client, stream, $"{stream}-{i}"));
            }

            await first.KillAsync();
        }

        for (var cycle = 0; cycle < cycles; cycle++)
        {
            var strace = new Strace(folder.FileBeside("strace"));
            await using var server = ServerProcess.Launch(folder.Data, port, options, strace.KillingWrapper(Calls[cycle % Calls.Length], 1 + (cycle / Calls.Length % 20)));
            if (await server.WaitUntilReadyAsync())
                await Task.WhenAny(server.Ended, Task.WhenAll(writers.Select(writer => writer.MoreAsync(LongForm.Choose(quick: 500, lengthy: 4_000))).ToList()));

            died += server.HasExited ? 1 : 0;
            await server.KillAsync();
        }

        await using var last = await ServerProcess.StartAsync(folder.Data, port, options);
        foreach (var writer in writers)
            await writer.FinishAsync();

        foreach (var stream in Streams)
        {
            await client.SnapshotAsync(stream);
            var records = await client.ReadAllAsync(stream);
            foreach (var writer in writers.Where(writer => writer.Ledger.Writer.StartsWith(stream, StringComparison.Ordinal)))
            {
                writer.Failure.ShouldBeNull();
                writer.Ledger.Verify(records);
            }
        }

        (await last.StopAsync()).ShouldBe(0);
        died.ShouldBeGreaterThan(0, "some of the calls must be reached; where one is not, the server is killed wherever it stands");
        var (code, _, errors) = await Olog.RunAsync("doctor", "--blobs", folder.Blobs, "--json");
        code.ShouldBe(0, errors);
        output.WriteLine($"{died} of {cycles} kills before a flush or a rename, {writers.Sum(writer => writer.Ledger.Count)} records acknowledged, none lost, none doubled");
    }
}
