using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using Orleans.Log.Cli.Terminal;
using Orleans.Log.Engine;
using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Cli.Tests;

public sealed class DoctorTests : IDisposable
{
    private const int Records = 50;

    private readonly string _directory = Directory.CreateTempSubdirectory("olog-doctor-").FullName;

    private string Data => Path.Combine(_directory, "data");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_whole_directory_is_reported_and_not_changed()
    {
        await FillAsync();
        var before = Fingerprint();
        var found = (await new Olog().RunAsync("doctor", Data, "--json")).ShouldSucceed().Json;
        Fingerprint().ShouldBe(before);

        found.GetProperty("damaged").GetBoolean().ShouldBeFalse();
        found.GetProperty("clean_shutdown").GetBoolean().ShouldBeTrue();
        found.GetProperty("records").GetInt64().ShouldBe(Records * 2);
        found.GetProperty("blocks").GetInt64().ShouldBeGreaterThan(0);
        found.GetProperty("files").GetInt32().ShouldBeGreaterThan(0);
        var streams = found.GetProperty("streams").EnumerateArray().ToArray();
        streams.Select(s => s.GetProperty("name").GetString()).ShouldBe(["a", "b"]);
        streams.ShouldAllBe(s => s.GetProperty("tail").GetInt64() == Records && !s.GetProperty("damaged").GetBoolean());
    }

    [Fact]
    public async Task For_people_the_verdict_comes_first()
    {
        await FillAsync();
        var lines = (await new Olog().RunAsync("doctor", Data)).ShouldSucceed().Lines;
        lines.ShouldContain("verdict\twhole");
        lines.ShouldContain(line => line.StartsWith("a\t", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_torn_tail_is_no_damage_and_is_left_where_it_is()
    {
        await CrashAsync();
        TearLastBlock();
        var before = Fingerprint();
        var found = (await new Olog().RunAsync("doctor", Data, "--json")).ShouldSucceed().Json;
        Fingerprint().ShouldBe(before);
        found.GetProperty("damaged").GetBoolean().ShouldBeFalse();
        found.GetProperty("clean_shutdown").GetBoolean().ShouldBeFalse();
        found.GetProperty("cut_bytes").GetInt64().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_flipped_bit_in_an_acknowledged_record_is_damage_with_exit_code_7()
    {
        await CrashAsync();
        Flip("record 10 of a");
        var before = Fingerprint();
        var outcome = (await new Olog().RunAsync("doctor", Data, "--json")).ShouldEndWith(ExitCode.Corrupt);
        Fingerprint().ShouldBe(before);
        outcome.Json.GetProperty("damaged").GetBoolean().ShouldBeTrue();
        outcome.Json.GetProperty("damaged_entries").GetInt64().ShouldBe(1);
        var streams = outcome.Json.GetProperty("streams").EnumerateArray().ToDictionary(s => s.GetProperty("name").GetString()!, s => s.GetProperty("damaged").GetBoolean());
        streams["a"].ShouldBeTrue();
        streams["b"].ShouldBeFalse();
        (await new Olog().RunAsync("doctor", Data)).ShouldEndWith(ExitCode.Corrupt).Text.ShouldContain("verdict\tDAMAGED");
    }

    [Fact]
    public async Task Of_a_directory_that_a_node_would_refuse_the_log_is_reported_with_the_reason()
    {
        await FillAsync();
        File.Delete(Path.Combine(Data, "control.a"));
        var found = (await new Olog().RunAsync("doctor", Data, "--json")).ShouldEndWith(ExitCode.Corrupt).Json;
        found.GetProperty("refusal").GetString()!.ShouldContain("control.a");
        found.GetProperty("damaged").GetBoolean().ShouldBeTrue();
        found.GetProperty("entries").GetInt64().ShouldBeGreaterThanOrEqualTo(Records * 2);
    }

    [Theory]
    [InlineData("control.a", "control.b")]
    [InlineData("control.a", "control.b", "lock")]
    public async Task Lost_control_slots_are_damage_and_not_an_empty_directory(params string[] lost)
    {
        await FillAsync();
        foreach (var name in lost)
            File.Delete(Path.Combine(Data, name));

        var found = (await new Olog().RunAsync("doctor", Data, "--json")).ShouldEndWith(ExitCode.Corrupt).Json;
        found.GetProperty("refusal").GetString()!.ShouldContain("'control.a' and 'control.b'");
        found.GetProperty("entries").GetInt64().ShouldBeGreaterThanOrEqualTo(Records * 2);
    }

    [Fact]
    public async Task A_short_log_file_is_damage_and_is_named_with_its_length()
    {
        await CrashAsync();
        var file = Directory.GetFiles(Path.Combine(Data, "wal"), "*.wal").Order(StringComparer.Ordinal).First();
        await using (var opened = File.OpenWrite(file))
            opened.SetLength(20 * 1024);

        var found = (await new Olog().RunAsync("doctor", Data, "--json")).ShouldEndWith(ExitCode.Corrupt).Json;
        found.GetProperty("refusal").GetString()!.ShouldContain($"'wal/{Path.GetFileName(file)}' has 20480 bytes of 10485760");
        found.GetProperty("damaged").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task A_checkpoint_that_is_not_the_published_one_is_damage()
    {
        await FillAsync();
        var checkpoint = Directory.GetFiles(Path.Combine(Data, "checkpoint")).Single();
        var bytes = await File.ReadAllBytesAsync(checkpoint);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(checkpoint, bytes);
        (await new Olog().RunAsync("doctor", Data)).ShouldEndWith(ExitCode.Corrupt).Text.ShouldContain("refused\t");
    }

    [Fact]
    public async Task A_directory_in_use_is_left_alone()
    {
        await using var node = await StartAsync();
        (await new Olog().RunAsync("doctor", Data)).ShouldEndWith(ExitCode.Unavailable);
    }

    [Fact]
    public async Task Where_no_node_has_been_there_is_nothing_to_find()
    {
        (await new Olog().RunAsync("doctor", Path.Combine(_directory, "none"))).ShouldEndWith(ExitCode.NotFound);
        (await new Olog().RunAsync("doctor", Directory.CreateDirectory(Path.Combine(_directory, "empty")).FullName)).ShouldEndWith(ExitCode.NotFound);
        await File.WriteAllTextAsync(Path.Combine(Directory.CreateDirectory(Path.Combine(_directory, "other")).FullName, "note"), "x");
        (await new Olog().RunAsync("doctor", Path.Combine(_directory, "other"))).ShouldEndWith(ExitCode.NotFound);
    }

    private Task<LogNode> StartAsync()
    {
        var options = new LogNodeOptions();

        // As small as the largest batch allows, so that a test writes little.
        options.Wal.FileSizeMiB = 10;
        options.Wal.PreparedFiles = 1;
        return LogNode.StartAsync(options, new LogNodeHost { Disk = HostDisk.Open(Data) });
    }

    private async Task FillAsync()
    {
        await using var node = await StartAsync();
        await FillAsync(node);
    }

    // A copy made while the node runs, behind its last acknowledgement: what a kill leaves.
    private async Task CrashAsync()
    {
        var live = Path.Combine(_directory, "live");
        await FillAsync();
        await using (var node = await StartAsync())
        {
            await AppendAsync(node, "a", "after the restart");
            await AppendAsync(node, "b", "after the restart");
            foreach (var file in Directory.GetFiles(Data, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "lock"))
            {
                var copy = Path.Combine(live, Path.GetRelativePath(Data, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy);
            }
        }

        Directory.Delete(Data, recursive: true);
        Directory.Move(live, Data);
    }

    private static async Task FillAsync(LogNode node)
    {
        for (var i = 0; i < Records; i++)
        {
            await AppendAsync(node, "a", $"record {i} of a");
            await AppendAsync(node, "b", $"record {i} of b");
        }
    }

    private static async Task AppendAsync(LogNode node, string stream, string text)
    {
        var name = StreamName.Parse(stream);
        await node.EnsureAsync(name, new StreamConfigPatch(), EnsureCondition.None, default);
        var log = await node.OpenAsync(name, default);
        await log.AppendAsync(new RecordBatch(System.Text.Encoding.UTF8.GetBytes(text)), AppendConditions.None, default);
    }

    private void Flip(string text) => Change((bytes, _) =>
    {
        var at = bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(text));
        if (at >= 0)
            bytes[at] ^= 1;

        return at >= 0;
    });

    // A block that was on its way when the power went: its header came out, its records did not (docs/FORMAT.md §4).
    private void TearLastBlock() => Change((bytes, _) =>
    {
        var (at, last) = (4096, -1);
        while (bytes.AsSpan(at, 4).SequenceEqual("OLBK"u8))
            (last, at) = (at, at + ((BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at + 52)) + 4095) / 4096 * 4096));

        if (last < 0)
            return false;

        var torn = bytes.AsSpan(at, 96);
        bytes.AsSpan(last, 96).CopyTo(torn);
        torn[8..12].CopyTo(torn[60..]);
        BinaryPrimitives.WriteInt64LittleEndian(torn[40..], BinaryPrimitives.ReadInt64LittleEndian(torn[40..]) + 1);
        BinaryPrimitives.WriteInt32LittleEndian(torn[48..], at);
        BinaryPrimitives.WriteInt32LittleEndian(torn[52..], 8192);
        BinaryPrimitives.WriteInt32LittleEndian(torn[56..], 1);
        torn[8..12].Clear();
        var checksum = uint.MaxValue;
        foreach (var value in torn)
            checksum = BitOperations.Crc32C(checksum, value);

        BinaryPrimitives.WriteUInt32LittleEndian(torn[8..], ~checksum);
        return true;
    });

    private void Change(Func<byte[], string, bool> change)
    {
        var changed = false;
        foreach (var file in Directory.GetFiles(Path.Combine(Data, "wal"), "*.wal"))
        {
            var bytes = File.ReadAllBytes(file);
            if (!change(bytes, file))
                continue;

            File.WriteAllBytes(file, bytes);
            changed = true;
            break;
        }

        changed.ShouldBeTrue("the log did not hold what was to be damaged");
    }

    // All but the lock, which is empty and made by whoever takes it.
    private string Fingerprint() => string.Join('\n', Directory.GetFiles(Data, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .Where(file => Path.GetFileName(file) != "lock")
        .Select(file => $"{Path.GetRelativePath(Data, file)} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))}"));
}
