using Orleans.Log.Cli.Terminal;
using Orleans.Log.Engine;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Cli.Tests;

public sealed class RestoreTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("olog-restore-").FullName;

    private string Data => Path.Combine(_directory, "data");

    private string Blobs => Path.Combine(_directory, "blobs");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_lost_directory_is_built_again_and_what_may_be_lost_is_named()
    {
        await FillAsync();
        Directory.Delete(Data, recursive: true);

        var restored = (await new Olog().RunAsync("restore", "--data", Data, "--blobs", Blobs, "--json")).ShouldSucceed().Json;
        restored.GetProperty("streams_with_loss").GetInt32().ShouldBe(1);
        restored.GetProperty("node").GetGuid().ShouldNotBe(restored.GetProperty("from_node").GetGuid());
        var streams = restored.GetProperty("streams").EnumerateArray().ToArray();
        streams.Select(stream => stream.GetProperty("name").GetString()).ShouldBe(["open", "sealed"]);
        streams.Select(stream => stream.GetProperty("offloaded").GetInt64()).ShouldBe([3, 3]);
        streams[0].GetProperty("lost").GetProperty("from").GetInt64().ShouldBe(3);
        streams[0].GetProperty("lost").GetProperty("to").GetInt64().ShouldBe(streams[0].GetProperty("tail").GetInt64());
        streams[1].TryGetProperty("lost", out _).ShouldBeFalse("a sealed stream whose seal is published has nothing to lose");

        await using var node = await StartAsync();
        var stream = await node.OpenAsync(StreamName.Parse("open"), default);
        var batch = new RecordBatch(new[] { new AppendRecord("next"u8.ToArray()) });
        (await stream.AppendAsync(batch, AppendConditions.None, default)).Start.ShouldBe(streams[0].GetProperty("tail").GetInt64());
    }

    [Fact]
    public async Task A_directory_that_has_used_a_store_is_examined_without_it()
    {
        await FillAsync();
        var found = (await new Olog().RunAsync("doctor", Data, "--json")).ShouldSucceed().Json;
        found.GetProperty("damaged").GetBoolean().ShouldBeFalse();
        found.GetProperty("streams").EnumerateArray().Select(stream => stream.GetProperty("tail").GetInt64()).ShouldBe([3, 3]);
    }

    [Fact]
    public async Task For_people_the_counts_come_first()
    {
        await FillAsync();
        Directory.Delete(Data, recursive: true);

        var lines = (await new Olog().RunAsync("restore", "--data", Data, "--blobs", Blobs)).ShouldSucceed().Lines;
        lines.ShouldContain("with possible loss\t1");
        lines.ShouldContain(line => line.StartsWith("open\t0\t3\t", StringComparison.Ordinal) && line.EndsWith("from 3", StringComparison.Ordinal));
        lines.ShouldContain("sealed\t0\t3\t3\tsealed\tnothing");
    }

    [Fact]
    public async Task A_stream_that_cannot_be_restored_is_named_and_left_out_only_if_told_to()
    {
        await FillAsync();
        Directory.Delete(Data, recursive: true);
        var packs = Directory.GetFiles(Path.Combine(Blobs, "snapshots"), "*_blob", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray();
        packs.Length.ShouldBe(2, "each stream was snapshotted by itself");
        File.Delete(packs[0]);

        var refused = (await new Olog().RunAsync("restore", "--data", Data, "--blobs", Blobs)).ShouldEndWith(ExitCode.Corrupt);
        refused.Output.ShouldBeEmpty();
        refused.Error.ShouldContain("open (snapshots/");
        refused.Error.ShouldContain("--without-damaged");

        var restored = (await new Olog().RunAsync("restore", "--data", Data, "--blobs", Blobs, "--without-damaged", "--json")).ShouldEndWith(ExitCode.Corrupt).Json;
        restored.GetProperty("streams").EnumerateArray().Single().GetProperty("name").GetString().ShouldBe("sealed");
        restored.GetProperty("left_out").EnumerateArray().Single().GetProperty("name").GetString().ShouldBe("open");
        await using var node = await StartAsync();
        (await (await node.OpenAsync(StreamName.Parse("sealed"), default)).CheckTailAsync(default)).Tail.ShouldBe(3);
    }

    [Fact]
    public async Task A_directory_that_is_not_empty_is_refused_and_not_touched()
    {
        await FillAsync();
        (await new Olog().RunAsync("restore", "--data", Data, "--blobs", Blobs)).ShouldEndWith(ExitCode.ConditionFailed).Output.ShouldBeEmpty();

        await using var node = await StartAsync();
        (await (await node.OpenAsync(StreamName.Parse("open"), default)).CheckTailAsync(default)).Tail.ShouldBe(3);
    }

    [Fact]
    public async Task A_whole_store_is_examined_and_its_blobs_are_left_as_they_are()
    {
        await FillAsync();
        var before = Content();
        var found = (await new Olog().RunAsync("doctor", "--blobs", Blobs, "--json")).ShouldSucceed().Json;
        Content().ShouldBe(before);

        found.GetProperty("damaged").GetBoolean().ShouldBeFalse();
        (found.GetProperty("nodes").GetInt32(), found.GetProperty("streams").GetInt32()).ShouldBe((1, 2));
        found.GetProperty("segments").GetInt64().ShouldBeGreaterThan(0);
        found.GetProperty("segment_bytes").GetInt64().ShouldBeGreaterThan(0);
        found.GetProperty("findings").GetArrayLength().ShouldBe(0);
        (await new Olog().RunAsync("doctor", "--blobs", Blobs)).ShouldSucceed().Lines.ShouldContain("verdict\twhole");
    }

    [Fact]
    public async Task A_store_with_a_damaged_segment_is_found_out()
    {
        await FillAsync();
        foreach (var segment in Directory.GetFiles(Path.Combine(Blobs, "segments"), "*", SearchOption.AllDirectories))
        {
            var bytes = await File.ReadAllBytesAsync(segment);
            bytes[bytes.Length / 2] ^= 1;
            await File.WriteAllBytesAsync(segment, bytes);
        }

        var found = (await new Olog().RunAsync("doctor", "--blobs", Blobs, "--json")).ShouldEndWith(ExitCode.Corrupt).Json;
        found.GetProperty("damaged").GetBoolean().ShouldBeTrue();
        found.GetProperty("findings").EnumerateArray().ShouldAllBe(finding => finding.GetProperty("blob").GetString()!.StartsWith("segments/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_doctor_examines_one_thing_at_a_time()
    {
        (await new Olog().RunAsync("doctor")).ShouldEndWith(ExitCode.Usage);
        (await new Olog().RunAsync("doctor", Data, "--blobs", Blobs)).ShouldEndWith(ExitCode.Usage);
        (await new Olog().RunAsync("doctor", "--blobs", Blobs)).ShouldEndWith(ExitCode.NotFound);
    }

    [Fact]
    public async Task Where_no_store_is_none_is_made()
    {
        (await new Olog().RunAsync("restore", "--data", Data, "--blobs", Blobs)).ShouldEndWith(ExitCode.NotFound).Error.ShouldContain("no blob store");
        Directory.Exists(Blobs).ShouldBeFalse();
        Directory.Exists(Data).ShouldBeFalse();
    }

    [Theory]
    [InlineData("restore")]
    [InlineData("restore", "--data", "x")]
    [InlineData("restore", "--data", "x", "--blobs", "y", "--node", "z")]
    public async Task What_is_not_said_whole_is_refused(params string[] arguments) => (await new Olog().RunAsync(arguments)).ShouldEndWith(ExitCode.Usage);

    private string Content() => string.Join('\n', Directory.GetFiles(Blobs, "*_blob", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .Select(file => $"{file} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))}"));

    private async Task FillAsync()
    {
        await using var node = await StartAsync();
        foreach (var name in new[] { "open", "sealed" })
        {
            await node.EnsureAsync(StreamName.Parse(name), new StreamConfigPatch(), EnsureCondition.None, default);
            var stream = await node.OpenAsync(StreamName.Parse(name), default);
            var batch = new RecordBatch(new[] { "a", "b", "c" }.Select(text => new AppendRecord(System.Text.Encoding.UTF8.GetBytes(text))).ToArray());
            await stream.AppendAsync(batch, AppendConditions.None, default);
            if (name == "sealed")
                await stream.SealAsync(default);

            (await stream.SnapshotAsync(default)).Lsn.ShouldBe(3);
        }
    }

    private async Task<LogNode> StartAsync()
    {
        var blobs = await FileBlobStore.OpenAsync(new FileBlobStoreHost { Disk = HostDisk.Open(Blobs) });
        return await LogNode.StartAsync(new LogNodeOptions { Wal = { FileSizeMiB = 10, PreparedFiles = 1, KeepFreeBytes = 0 } }, new LogNodeHost { Disk = HostDisk.Open(Data), Blobs = blobs });
    }
}
