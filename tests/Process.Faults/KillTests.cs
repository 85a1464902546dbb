using Orleans.Log.Client;
using Orleans.Log.Process.Faults.Load;
using Orleans.Log.Process.Faults.Server;
using Xunit.Abstractions;

namespace Orleans.Log.Process.Faults;

/// <summary>Ends under load, orderly or not, while several appenders with resume on carry on by themselves.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int WritersPerStream = 2;
    private static readonly string[] Streams = ["alpha", "beta", "gamma"];

    [Fact]
    public async Task Killed_under_load_no_acknowledged_record_is_lost_none_is_doubled_and_the_order_is_kept()
    {
        var cycles = LongForm.Choose(quick: 15, lengthy: 200);
        using var folder = new DataFolder();
        var port = ServerProcess.FreePort();
        var server = await ServerProcess.StartAsync(folder.Data, port, Small);
        using var client = new LogClient(server.Address, new LogClientOptions { MaxRetryDelay = TimeSpan.FromMilliseconds(200) });
        var writers = await StartWritersAsync(client);
        try
        {
            for (var cycle = 0; cycle < cycles; cycle++)
            {
                await AcknowledgedAsync(writers, more: 20 + (cycle * 53 % 400));
                await server.KillAsync();
                server = await ServerProcess.StartAsync(folder.Data, port, Small);
            }

            await AcknowledgedAsync(writers, more: 20);
            foreach (var writer in writers)
                await writer.FinishAsync();

            await VerifyAsync(client, writers);
        }
        finally
        {
            await server.DisposeAsync();
        }

        // Once more from the disk alone, after an orderly stop.
        await using var again = await ServerProcess.StartAsync(folder.Data, port, Small);
        await VerifyAsync(client, writers);
        (await again.StopAsync()).ShouldBe(0);
        output.WriteLine($"{cycles} kills, {writers.Sum(writer => writer.Ledger.Count)} records acknowledged by {writers.Count} appenders, none lost, none doubled");
    }

    [Fact]
    public async Task Killed_while_it_offloads_readers_from_the_beginning_cross_the_border_and_find_everything()
    {
        var cycles = LongForm.Choose(quick: 8, lengthy: 200);
        using var folder = new DataFolder();
        string[] options = [.. Small, "--blobs", folder.Blobs, "--segment-size", "64KiB", "--segment-age", "1s"];
        var port = ServerProcess.FreePort();
        var server = await ServerProcess.StartAsync(folder.Data, port, options);
        using var client = new LogClient(server.Address, new LogClientOptions { MaxRetryDelay = TimeSpan.FromMilliseconds(200) });
        var writers = await StartWritersAsync(client);
        try
        {
            for (var cycle = 0; cycle < cycles; cycle++)
            {
                await AcknowledgedAsync(writers, more: 50 + (cycle * 53 % 400));

                // Now what was acknowledged lies in segments, and what comes after it in the log.
                foreach (var stream in Streams)
                {
                    var offloaded = (await client.SnapshotAsync(stream)).Lsn;
                    await AcknowledgedAsync(writers, more: 20);
                    (await client.ReadAllAsync(stream)).Count.ShouldBeGreaterThan((int)offloaded);
                }

                await server.KillAsync();
                server = await ServerProcess.StartAsync(folder.Data, port, options);
            }

            foreach (var writer in writers)
                await writer.FinishAsync();

            await VerifyAsync(client, writers);
            var described = await client.DescribeStreamAsync(Streams[0]);
            described.Offloaded.ShouldBeGreaterThan(0);
            (await server.StopAsync()).ShouldBe(0);
            output.WriteLine($"{cycles} kills, {writers.Sum(writer => writer.Ledger.Count)} records acknowledged, {described.Offloaded} of {described.Tail} of {Streams[0]} offloaded before the end");
        }
        finally
        {
            await server.DisposeAsync();
        }

        var (code, report, errors) = await Olog.RunAsync("doctor", folder.Data);
        code.ShouldBe(0, report + errors);
    }

    [Fact]
    public async Task Stopped_in_order_under_load_it_drains_and_the_next_start_has_nothing_to_repair()
    {
        using var folder = new DataFolder();
        var port = ServerProcess.FreePort();
        await using var server = await ServerProcess.StartAsync(folder.Data, port, Small);
        using var client = new LogClient(server.Address, new LogClientOptions { MaxRetryDelay = TimeSpan.FromMilliseconds(200) });
        var writers = await StartWritersAsync(client);
        await AcknowledgedAsync(writers, more: 50);

        (await server.StopAsync()).ShouldBe(0, server.Errors);

        await using var again = await ServerProcess.StartAsync(folder.Data, port, Small);
        again.Output.ShouldContain("clean shutdown: True");
        again.Output.ShouldContain("cut 0 blocks");
        await AcknowledgedAsync(writers, more: 50);
        foreach (var writer in writers)
            await writer.FinishAsync();

        await VerifyAsync(client, writers);
    }

    /// <summary>Small files, so that kills also fall into changes of file.</summary>
    private static string[] Small => ["--wal-file-size", "16MiB", "--log-level", "information"];

    private static async Task<List<Writer>> StartWritersAsync(LogClient client)
    {
        var writers = new List<Writer>();
        foreach (var stream in Streams)
        {
            await client.EnsureStreamAsync(stream);
            for (var i = 0; i < WritersPerStream; i++)
                writers.Add(await Writer.StartAsync(client, stream, $"{stream}-{i}"));
        }

        return writers;
    }

    /// <summary>Waits until every writer has so many acknowledgements more than now: load that is known to be there, without a clock.</summary>
    private static async Task AcknowledgedAsync(List<Writer> writers, int more)
    {
        foreach (var goal in writers.Select(writer => (writer, Reached: writer.MoreAsync(more))).ToList())
            await goal.Reached;
    }

    private static async Task VerifyAsync(LogClient client, List<Writer> writers)
    {
        foreach (var stream in Streams)
        {
            var records = await client.ReadAllAsync(stream);
            foreach (var writer in writers.Where(writer => writer.Ledger.Writer.StartsWith(stream, StringComparison.Ordinal)))
            {
                writer.Failure.ShouldBeNull();
                writer.Ledger.Verify(records);
            }
        }
    }
}
