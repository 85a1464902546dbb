using System.Text.Json;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Client;
using Orleans.Log.Process.Faults.Server;
using Xunit.Abstractions;

namespace Orleans.Log.Process.Faults;

/// <summary>The data directory is gone, and the node is rebuilt from its blob store: what was offloaded comes back to the byte, what was not is named.</summary>
public sealed class LostDiskTests(ITestOutputHelper output)
{
    private const int Copies = 24;

    [LoghubFact]
    public async Task Real_logs_come_back_byte_for_byte_from_the_blob_store_alone()
    {
        using var folder = new DataFolder();
        string[] options = ["--blobs", folder.Blobs, "--wal-file-size", "16MiB", "--segment-size", "1MiB", "--segment-age", "1h"];
        var files = Loghub.Files.Append(await AllTogetherAsync(folder)).ToList();
        await using (var server = await ServerProcess.StartAsync(folder.Data, ServerProcess.FreePort(), options))
        {
            foreach (var file in files)
            {
                await ShouldSucceedAsync(server.Address, "import", file, Stream(file));
                await ShouldSucceedAsync(server.Address, "snapshot", Stream(file));
            }

            await ShouldSucceedAsync(server.Address, "seal", Stream(files[0]));
            await ShouldSucceedAsync(server.Address, "snapshot", Stream(files[0]));
            (await server.StopAsync()).ShouldBe(0);
        }

        (await BytesToReplayAsync(folder.Data)).ShouldBeLessThan(16 << 20, "nothing needs what the first files held any more");
        var lost = await AppendAndLoseAsync(folder, options, Stream(files[1]));

        await using (var refused = ServerProcess.Launch(folder.Data, ServerProcess.FreePort(), options))
        {
            await refused.WaitForExitAsync("to refuse an empty directory");
            refused.ExitCode.ShouldBe(10, refused.Errors);
        }

        var (code, report, errors) = await Olog.RunAsync("restore", "--data", folder.Data, "--blobs", folder.Blobs, "--json");
        code.ShouldBe(0, errors);
        var streams = JsonDocument.Parse(report).RootElement.GetProperty("streams").EnumerateArray().ToDictionary(stream => stream.GetProperty("name").GetString()!);
        streams.Count.ShouldBe(files.Count);
        streams[Stream(files[0])].TryGetProperty("lost", out _).ShouldBeFalse("it was sealed");
        streams[Stream(files[1])].GetProperty("lost").GetProperty("from").GetInt64().ShouldBe(lost);

        await using var restored = await ServerProcess.StartAsync(folder.Data, ServerProcess.FreePort(), options);
        foreach (var file in files)
        {
            var copy = folder.FileBeside("copy-of-" + Path.GetFileName(file));
            var to = streams[Stream(file)].GetProperty("offloaded").GetInt64();
            await ShouldSucceedAsync(restored.Address, "export", Stream(file), copy, "--to", $"{to}");
            Same(await File.ReadAllBytesAsync(copy), await File.ReadAllBytesAsync(file)).ShouldBeTrue($"{file} must come back as it was");
        }

        await ShouldGoOnBehindWhatIsLostAsync(restored, Stream(files[1]), streams[Stream(files[1])]);
        (await restored.StopAsync()).ShouldBe(0);
        output.WriteLine($"{files.Count} files, {files.Sum(file => new FileInfo(file).Length)} bytes, back from the store alone");
    }

    [Fact]
    public async Task With_the_option_a_start_on_an_empty_directory_rebuilds_it_and_later_starts_go_on()
    {
        using var folder = new DataFolder();
        string[] options = ["--blobs", folder.Blobs, "--restore"];
        await using (var refused = ServerProcess.Launch(folder.Data, ServerProcess.FreePort(), options))
        {
            await refused.WaitForExitAsync("to refuse an empty store");
            refused.ExitCode.ShouldBe(10, refused.Errors);
        }

        await using (var first = await ServerProcess.StartAsync(folder.Data, ServerProcess.FreePort(), options[..2]))
        {
            using var client = new LogClient(first.Address);
            await client.EnsureStreamAsync("s");
            await client.AppendAsync("s", new[] { NewRecord.FromText("kept") });
            await client.SnapshotAsync("s");
            await first.KillAsync();
        }

        Directory.Delete(folder.Data, recursive: true);
        for (var start = 0; start < 2; start++)
        {
            await using var server = await ServerProcess.StartAsync(folder.Data, ServerProcess.FreePort(), options);
            using var client = new LogClient(server.Address);
            (await client.ReadAsync("s", ReadStart.AtLsn(0))).Records[0].Text.ShouldBe("kept");
            (await server.StopAsync()).ShouldBe(0);
        }
    }

    /// <summary>What of the log a start would read.</summary>
    private static async Task<long> BytesToReplayAsync(string data)
    {
        var (code, found, errors) = await Olog.RunAsync("doctor", data, "--json");
        code.ShouldBe(0, errors);
        return JsonDocument.Parse(found).RootElement.GetProperty("bytes").GetInt64();
    }

    /// <summary>Acknowledged, in no segment yet, and gone with the disk; the first LSN of it.</summary>
    private static async Task<long> AppendAndLoseAsync(DataFolder folder, string[] options, string stream)
    {
        await using (var server = await ServerProcess.StartAsync(folder.Data, ServerProcess.FreePort(), options))
        {
            using var client = new LogClient(server.Address);
            var ack = await client.AppendAsync(stream, new[] { NewRecord.FromText("acknowledged"), NewRecord.FromText("and lost") });
            await server.KillAsync();
            Directory.Delete(folder.Data, recursive: true);
            return ack.Start;
        }
    }

    private static async Task ShouldGoOnBehindWhatIsLostAsync(ServerProcess server, string stream, JsonElement restored)
    {
        using var client = new LogClient(server.Address);
        var (from, to) = (restored.GetProperty("lost").GetProperty("from").GetInt64(), restored.GetProperty("lost").GetProperty("to").GetInt64());
        var hole = await Should.ThrowAsync<LogClientException>(() => client.ReadAsync(stream, ReadStart.AtLsn(from)));
        (hole.Code, hole.Details.Reason).ShouldBe((WireErrors.Corrupt, "lost"));
        (await client.AppendAsync(stream, new[] { NewRecord.FromText("after") })).Start.ShouldBe(to);
        (await client.ReadAsync(stream, ReadStart.AtLsn(to))).Records.ShouldHaveSingleItem().Text.ShouldBe("after");
    }

    /// <summary>All samples in one file, many times over: more than a few WAL files.</summary>
    private static async Task<string> AllTogetherAsync(DataFolder folder)
    {
        var path = Path.Combine(folder.Root, "all.log");
        await using var all = File.Create(path);
        for (var i = 0; i < Copies; i++)
        {
            foreach (var file in Loghub.Files)
                await all.WriteAsync(await File.ReadAllBytesAsync(file));
        }

        return path;
    }

    private static bool Same(byte[] left, byte[] right) => left.AsSpan().SequenceEqual(right);

    private static string Stream(string file) => Path.GetFileNameWithoutExtension(file);

    private static async Task ShouldSucceedAsync(Uri server, params string[] arguments)
    {
        var (code, errors) = await Olog.RunAsync(server, arguments);
        code.ShouldBe(0, $"olog {string.Join(' ', arguments)}: {errors}");
    }
}
