using System.Net;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Client;
using Orleans.Log.Process.Faults.Load;
using Orleans.Log.Process.Faults.Server;
using Xunit.Abstractions;

namespace Orleans.Log.Process.Faults;

/// <summary>A disk that is full, and one that cannot be written.</summary>
public sealed class DiskTests(ITestOutputHelper output)
{
    // Without a store, which would want a part of the small disk, or lie outside of it.
    private static readonly string[] Small = ["--blobs", "none", "--wal-file-size", "16MiB", "--wal-keep-free", "4MiB"];

    [MountFact]
    public async Task On_a_full_disk_appends_are_refused_and_reads_and_trims_go_on_and_when_there_is_room_appends_do_too()
    {
        using var disk = new SmallDisk(mebibytes: 112);
        var ballast = disk.Fill(mebibytes: 40);
        await using var server = await ServerProcess.StartAsync(disk.Data, ServerProcess.FreePort(), Small);
        using var client = new LogClient(server.Address);
        using var http = new HttpClient { BaseAddress = server.Address };
        await client.EnsureStreamAsync("s");
        var ledger = new Ledger("w");

        var refusal = await FillAsync(client, ledger);

        refusal.Code.ShouldBe(WireErrors.ReadOnlyDiskFull);
        refusal.Retryable.ShouldBeTrue();
        refusal.SideEffects.ShouldBe(CallSideEffects.None);
        refusal.Details.RetryAfter.ShouldNotBeNull();
        (await http.GetAsync("/health")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await http.GetAsync("/alive")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var full = await client.ReadAllAsync("s");
        full.Count.ShouldBe(ledger.Count);
        ledger.Verify(full);
        await client.TrimAsync("s", 5);
        (await client.CheckTailAsync("s")).Head.ShouldBe(5);

        // An appender with resume on waits out the refusal; room is made, and it goes on by itself.
        await using var appender = await client.OpenAppenderAsync("s");
        var waiting = appender.AppendAsync([NewRecord.FromText("when there is room")]);
        waiting.IsCompleted.ShouldBeFalse();
        File.Delete(ballast);
        (await waiting.WaitAsync(TimeSpan.FromSeconds(30))).Start.ShouldBe(full.Count);

        (await http.GetAsync("/health")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await server.StopAsync()).ShouldBe(0);
        output.WriteLine($"{ledger.Count} records before the disk was full");
    }

    [MountFact]
    public async Task A_read_only_disk_is_refused_at_the_start_in_one_line()
    {
        using var disk = new SmallDisk(mebibytes: 96);
        await using (var server = await ServerProcess.StartAsync(disk.Data, ServerProcess.FreePort(), Small))
            (await server.StopAsync()).ShouldBe(0);

        disk.RemountReadOnly();
        await using var refused = ServerProcess.Launch(disk.Data, ServerProcess.FreePort(), Small);
        await refused.WaitForExitAsync("to refuse a read-only disk");

        refused.ExitCode.ShouldBe(6, refused.Errors);
        refused.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldHaveSingleItem().ShouldContain("read-only", Case.Insensitive);
    }

    [MountFact]
    public async Task A_disk_with_no_room_for_the_first_file_is_refused_at_the_start_in_one_line()
    {
        using var disk = new SmallDisk(mebibytes: 4);
        await using var refused = ServerProcess.Launch(disk.Data, ServerProcess.FreePort(), Small);
        await refused.WaitForExitAsync("to refuse a full disk");

        refused.ExitCode.ShouldBe(6, refused.Errors);
        refused.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldHaveSingleItem();
    }

    /// <summary>Appends batches until one is refused, then single records until one is: then there is no room for anything.</summary>
    private static async Task<LogClientException> FillAsync(LogClient client, Ledger ledger)
    {
        (await FillAsync(client, ledger, records: 100)).Code.ShouldBe(WireErrors.ReadOnlyDiskFull);
        return await FillAsync(client, ledger, records: 1);
    }

    private static async Task<LogClientException> FillAsync(LogClient client, Ledger ledger, int records)
    {
        while (true)
        {
            try
            {
                var first = ledger.Count;
                var batch = Enumerable.Range(first, records).Select(number => new NewRecord(ledger.Payload(number))).ToArray();
                var ack = await client.AppendAsync("s", batch);
                for (var i = 0; i < records; i++)
                    ledger.OnAcknowledged(first + i, TimeProvider.System.GetUtcNow(), ack with { Start = ack.Start + i });
            }
            catch (LogClientException refusal)
            {
                return refusal;
            }
        }
    }
}
