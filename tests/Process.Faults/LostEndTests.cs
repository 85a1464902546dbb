using System.Text.Json;
using Orleans.Log.Client;
using Orleans.Log.Process.Faults.Server;
using Xunit.Abstractions;

namespace Orleans.Log.Process.Faults;

/// <summary>
/// A server that was killed, and the end of its log taken away: by a file that is short or gone, or by zeros over the last blocks, the quiet mark included.
/// It must not start as if nothing had been there, and never gives an LSN twice.
/// </summary>
public sealed class LostEndTests(ITestOutputHelper output)
{
    private const int Records = 6;
    private static readonly string[] Options = ["--blobs", "none", "--wal-file-size", "16MiB"];

    [Theory]
    [InlineData(0)]
    [InlineData(4096)]
    [InlineData(20 * 1024)]
    [InlineData(8 * 1024 * 1024)]
    public async Task A_short_file_is_refused_and_named(long length)
    {
        using var folder = new DataFolder();
        await KilledAsync(folder);
        using (var file = File.OpenWrite(WalBytes.File(folder.Data)))
            file.SetLength(length);

        await ShouldRefuseAsync(folder, $"has {length} bytes of 16777216");
    }

    [Fact]
    public async Task A_log_without_files_is_refused_before_its_first_checkpoint()
    {
        using var folder = new DataFolder();
        await KilledAsync(folder);
        foreach (var file in Directory.GetFiles(Path.Combine(folder.Data, "wal")))
            File.Delete(file);

        await ShouldRefuseAsync(folder, "are missing");
    }

    [Theory]
    [InlineData(4)]
    [InlineData(32)]
    [InlineData(64)]
    [InlineData(1024)]
    public async Task An_end_zeroed_after_an_idle_second_is_reported(int kibibytes)
    {
        using var folder = new DataFolder();
        await KilledAsync(folder, records: Records + (kibibytes / 4));
        var blocks = WalBytes.Blocks(folder.Data);
        WalBytes.Zero(folder.Data, Math.Max(blocks[0].Offset, blocks[^1].Offset + 4096 - (kibibytes * 1024)));

        await using (var server = await ServerProcess.StartAsync(folder.Data, ServerProcess.FreePort(), Options))
        {
            server.Output.ShouldContain("WAL damage");
            using var client = new LogClient(server.Address);
            using var http = new HttpClient { BaseAddress = server.Address };
            var health = JsonDocument.Parse(await http.GetStringAsync("/health")).RootElement;
            (health.GetProperty("damaged_streams").GetInt32() > 0 || health.GetProperty("catalog_damage").ValueKind != JsonValueKind.Null).ShouldBeTrue();
            await Should.ThrowAsync<LogClientException>(() => client.AppendAsync("s", new[] { NewRecord.FromText("an LSN for the second time") }));
            (await server.StopAsync()).ShouldBe(0);
        }

        var (code, report, errors) = await Olog.RunAsync("doctor", folder.Data);
        code.ShouldBe(7, report + errors);
        report.ShouldContain("acknowledged records are lost from 1:");
    }

    [Fact]
    public async Task Under_load_the_window_of_silent_damage_is_as_long_as_stated()
    {
        using var folder = new DataFolder();
        var server = await ServerProcess.StartAsync(folder.Data, ServerProcess.FreePort(), Options);
        using var client = new LogClient(server.Address);
        await client.EnsureStreamAsync("s");
        using var enough = new CancellationTokenSource();
        var load = LoadAsync(client, enough.Token);
        var begun = WalBytes.Slot(folder.Data).Sequence;
        var slots = new SortedSet<long>();
        await WalBytes.WaitForSlotAsync(folder.Data, slot => slots.Add(slot.DurableThrough) && slot.Sequence >= begun + 6);
        await server.KillAsync();
        await enough.CancelAsync();
        await load;
        await server.DisposeAsync();

        var (_, durable) = WalBytes.Slot(folder.Data);
        var blocks = WalBytes.Blocks(folder.Data);
        var silent = blocks.Where(block => block.Sequence > durable).ToList();
        var last = blocks.Last(block => block.Sequence <= durable);
        if (silent.Count > 0)
            (await DoctorAsync(folder, silent[0].Offset)).ShouldBe(0, "what no slot has recorded looks like a torn write");

        (await DoctorAsync(folder, last.Offset)).ShouldBe(7, "and what one has does not");

        // Had it been killed just before a slot was in force, the window would have been what that slot covers and the one before does not.
        var ends = slots.Where(slot => slot >= blocks[0].Sequence).Select(slot => blocks.Last(block => block.Sequence <= slot).Timestamp).Append(blocks[^1].Timestamp).ToList();
        var windows = ends.Zip(ends.Skip(1), static (from, to) => to - from).ToList();
        output.WriteLine($"{blocks.Count} blocks, {silent.Count} of them after the last slot; windows of {string.Join(", ", windows)} ms");

        // 500 ms, and the time of one slot on a machine that does much else.
        windows.Max().ShouldBeInRange(100, 500 + 2500);
    }

    private static async Task LoadAsync(LogClient client, CancellationToken cancellationToken)
    {
        try
        {
            for (var i = 0; !cancellationToken.IsCancellationRequested; i++)
                await client.AppendAsync("s", new[] { NewRecord.FromText($"record {i}") }, cancellationToken: cancellationToken);
        }
        catch (Exception error) when (error is LogClientException or OperationCanceledException)
        {
            // Killed, as it should be.
        }
    }

    // Some records, each acknowledged before the next, and then nothing for as long as it takes to record that they are durable.
    private static async Task KilledAsync(DataFolder folder, int records = Records)
    {
        await using var server = await ServerProcess.StartAsync(folder.Data, ServerProcess.FreePort(), Options);
        using var client = new LogClient(server.Address);
        await client.EnsureStreamAsync("s");
        for (var i = 0; i < records; i++)
            await client.AppendAsync("s", new[] { NewRecord.FromText($"record {i}") });

        await WalBytes.WaitForSlotAsync(folder.Data, slot => slot.DurableThrough >= WalBytes.Blocks(folder.Data)[^1].Sequence);
        await server.KillAsync();
    }

    private static async Task ShouldRefuseAsync(DataFolder folder, string says)
    {
        await using (var server = ServerProcess.Launch(folder.Data, ServerProcess.FreePort(), Options))
        {
            await server.WaitForExitAsync("to refuse to start");
            server.ExitCode.ShouldBe(5, server.Errors + server.Output);
            server.Errors.ShouldContain(says);
        }

        var (code, report, errors) = await Olog.RunAsync("doctor", folder.Data);
        code.ShouldBe(7, report + errors);
        report.ShouldContain(says);
    }

    private static async Task<int> DoctorAsync(DataFolder folder, int from)
    {
        var whole = await File.ReadAllBytesAsync(WalBytes.File(folder.Data));
        WalBytes.Zero(folder.Data, from);
        var (code, _, _) = await Olog.RunAsync("doctor", folder.Data);
        await File.WriteAllBytesAsync(WalBytes.File(folder.Data), whole);
        return code;
    }
}
