using System.Text;
using Microsoft.AspNetCore.Http;
using Orleans.Log.Cli.Files;
using Orleans.Log.Cli.Terminal;
using Orleans.Log.Engine;
using Orleans.Log.Engine.Disk;
using Xunit.Abstractions;

namespace Orleans.Log.Cli.Tests;

public class ImportExportTests(ITestOutputHelper report) : ServerTest
{
    public static TheoryData<string> NastyFiles => new(Nasty.Keys);

    private static Dictionary<string, byte[]> Nasty { get; } = MakeNasty();

    [Theory]
    [MemberData(nameof(NastyFiles))]
    public async Task Any_file_comes_back_byte_for_byte(string kind) => await RoundTripAsync(Nasty[kind], "s");

    [Fact]
    public async Task Any_file_comes_back_from_a_stream_of_small_records()
    {
        await RunAsync("create", "small", "--max-record-bytes", "32");
        await RoundTripAsync(Nasty["random bytes"], "small");
    }

    [RealLogsFact]
    public async Task Real_logs_come_back_byte_for_byte_from_a_node_on_a_disk()
    {
        await using var node = await LogNode.StartAsync(new LogNodeOptions(), new LogNodeHost { Disk = HostDisk.Open(Path.Combine(Directory, "data")) });
        await using var server = await LogServer.StartAsync(node);
        var count = 0;
        foreach (var path in System.IO.Directory.EnumerateFiles(RealLogsFactAttribute.Folder!, "*.log"))
        {
            await RoundTripAsync(await File.ReadAllBytesAsync(path), $"loghub:{Path.GetFileName(path)}", server.Url);
            count++;
        }

        report.WriteLine($"{count} real logs came back.");
        count.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task An_imported_file_reads_as_its_lines()
    {
        var file = FileOf("one\r\ntwo\nlast"u8.ToArray());
        (await RunAsync("import", file, "s")).ShouldSucceed();
        (await RunAsync("read", "s", "--json")).ShouldSucceed().JsonLines.Select(r => r.GetProperty("text").GetString()).ShouldBe(["one\r", "two", "last"]);
    }

    [Fact]
    public async Task Importing_the_same_file_again_appends_nothing()
    {
        var file = FileOf(Nasty["many lines"]);
        var first = (await RunAsync("import", file, "s", "--json")).ShouldSucceed().Json;
        var again = (await RunAsync("import", file, "s", "--json")).ShouldSucceed().Json;
        again.GetProperty("skipped_batches").GetInt64().ShouldBe(first.GetProperty("batches").GetInt64());
        again.TryGetProperty("start", out _).ShouldBeFalse();
        (await RunAsync("export", "s", "-")).ShouldSucceed().Output.ShouldBe(Nasty["many lines"]);
    }

    [Fact]
    public async Task Under_another_label_it_is_another_import()
    {
        var file = FileOf("x\n"u8.ToArray());
        (await RunAsync("import", file, "s")).ShouldSucceed();
        (await RunAsync("import", file, "s", "--label", "once more")).ShouldSucceed();
        (await RunAsync("import", file, "s", "--label", "once more")).ShouldSucceed();
        (await RunAsync("export", "s", "-")).ShouldSucceed().Text.ShouldBe("x\nx\n");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public async Task An_import_that_was_cut_short_goes_on_where_it_stopped(int appendsBefore)
    {
        var bytes = Nasty["many lines"];
        var file = FileOf(bytes);
        using var stop = new CancellationTokenSource();
        var taken = 0;

        // Dies at the given append, before the log took it.
        var log = new InterposedLog(Log, append =>
        {
            if (taken < appendsBefore)
            {
                // What the import asks before it begins can only be refused, which is known at once.
                var answer = append();
                taken += answer.IsFaulted ? 0 : 1;
                return answer;
            }

            _ = stop.CancelAsync();
            return ValueTask.FromException<AppendResult>(new LogException(LogErrorCode.Overloaded, "It dies."));
        });
        await using (var dying = await LogServer.StartAsync(log))
        {
            (await new Olog(dying.Url) { Stop = stop.Token }.RunAsync("import", file, "s")).ShouldEndWith(ExitCode.Interrupted);
        }

        var rest = (await RunAsync("import", file, "s", "--json")).ShouldSucceed().Json;
        rest.GetProperty("skipped_batches").GetInt64().ShouldBe(appendsBefore);
        (await RunAsync("export", "s", "-")).ShouldSucceed().Output.ShouldBe(bytes);
    }

    [Fact]
    public async Task An_import_rides_out_lost_answers_and_doubles_nothing()
    {
        var bytes = Nasty["many lines"];
        var appends = 0;
        var log = new InterposedLog(Log, append => (Interlocked.Increment(ref appends) % 7) switch
        {
            3 => ValueTask.FromException<AppendResult>(new LogException(LogErrorCode.OutcomeUnknown, "Lost on the way.")),
            5 => Unheard(append()),
            _ => append(),
        });
        await using var flaky = await LogServer.StartAsync(log);
        (await new Olog(flaky.Url).RunAsync("import", FileOf(bytes), "s")).ShouldSucceed();
        (await RunAsync("export", "s", "-")).ShouldSucceed().Output.ShouldBe(bytes);
        appends.ShouldBeGreaterThan(7, "some were lost");

        static async ValueTask<AppendResult> Unheard(ValueTask<AppendResult> append)
        {
            await append;
            throw new LogException(LogErrorCode.OutcomeUnknown, "The answer was lost.");
        }
    }

    [Fact]
    public async Task Files_imported_one_after_the_other_come_back_concatenated()
    {
        (await RunAsync("import", FileOf("no end"u8.ToArray(), "a"), "s")).ShouldSucceed();
        (await RunAsync("import", FileOf("next\n"u8.ToArray(), "b"), "s")).ShouldSucceed();
        (await RunAsync("export", "s", "-")).ShouldSucceed().Text.ShouldBe("no endnext\n");
    }

    [Fact]
    public async Task Standard_input_is_imported_as_a_file_is()
    {
        (await new Olog(Server.Url) { Input = Nasty["long lines"] }.RunAsync("import", "-", "s")).ShouldSucceed();
        (await RunAsync("export", "s", "-")).ShouldSucceed().Output.ShouldBe(Nasty["long lines"]);
    }

    [Fact]
    public async Task Import_and_export_tell_the_same_digest()
    {
        var imported = (await RunAsync("import", FileOf(Nasty["random bytes"]), "s", "--json")).ShouldSucceed().Json;
        var exported = (await RunAsync("export", "s", Path.Combine(Directory, "out"), "--json")).ShouldSucceed().Json;
        exported.GetProperty("sha256").GetString().ShouldBe(imported.GetProperty("sha256").GetString());
        exported.GetProperty("bytes").GetInt64().ShouldBe(Nasty["random bytes"].Length);
        exported.GetProperty("records").GetInt64().ShouldBe(imported.GetProperty("records").GetInt64());
    }

    [Fact]
    public async Task Export_takes_a_range()
    {
        await RunAsync("import", FileOf("a\nb\nc\nd\n"u8.ToArray()), "s");
        (await RunAsync("export", "s", "-", "--from", "1", "--to", "3")).ShouldSucceed().Text.ShouldBe("b\nc\n");
        (await RunAsync("export", "s", "-", "--from", "4")).ShouldSucceed().Output.ShouldBeEmpty();
        (await RunAsync("export", "s", "-", "--to", "5")).ShouldEndWith(ExitCode.OutOfRange);
        await RunAsync("trim", "s", "2");
        (await RunAsync("export", "s", "-")).ShouldSucceed().Text.ShouldBe("c\nd\n");
        (await RunAsync("export", "s", "-", "--from", "1")).ShouldEndWith(ExitCode.OutOfRange);
    }

    [Fact]
    public async Task Export_leaves_an_existing_file_alone_unless_forced()
    {
        await RunAsync("import", FileOf("new\n"u8.ToArray()), "s");
        var target = FileOf("old"u8.ToArray(), "target");
        (await RunAsync("export", "s", target)).ShouldEndWith(ExitCode.ConditionFailed);
        (await File.ReadAllTextAsync(target)).ShouldBe("old");
        (await RunAsync("export", "s", target, "--force")).ShouldSucceed();
        (await File.ReadAllTextAsync(target)).ShouldBe("new\n");
    }

    [Fact]
    public async Task An_export_that_fails_leaves_nothing_behind()
    {
        await RunAsync("import", FileOf(Nasty["many lines"]), "s");
        var reads = 0;
        using var stop = new CancellationTokenSource();
        await using var dying = await LogServer.StartAsync(Log, before: async (context, next) =>
        {
            if (context.Request.Path.Value!.EndsWith("/records", StringComparison.Ordinal) && Interlocked.Increment(ref reads) > 1)
            {
                await stop.CancelAsync();
                context.Abort();
                return;
            }

            await next(context);
        });
        var target = Path.Combine(Directory, "target");
        (await new Olog(dying.Url) { Stop = stop.Token }.RunAsync("export", "s", target)).ShouldEndWith(ExitCode.Interrupted);
        System.IO.Directory.GetFiles(Directory).Select(Path.GetFileName).ShouldBe(["file"]);
    }

    [Theory]
    [InlineData("/dev/null")]
    [InlineData("/tmp")]
    public async Task Export_does_not_replace_what_is_no_file(string path)
    {
        await RunAsync("create", "s");
        (await RunAsync("export", "s", path, "--force")).ShouldEndWith(ExitCode.Usage);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_not_found() =>
        (await RunAsync("import", Path.Combine(Directory, "none"), "s")).ShouldEndWith(ExitCode.NotFound);

    [Fact]
    public async Task A_stream_with_a_token_takes_an_import_that_carries_it()
    {
        await RunAsync("create", "s");
        await RunAsync("fence", "s", "t");
        var file = FileOf("x\n"u8.ToArray());
        (await RunAsync("import", file, "s")).ShouldEndWith(ExitCode.ConditionFailed);
        (await RunAsync("import", file, "s", "--token", "t")).ShouldSucceed();
    }

    [Fact]
    public async Task File_whose_length_is_zero_is_read_to_its_end()
    {
        if (!File.Exists("/proc/self/limits"))
            return;

        var outcome = (await RunAsync("import", "/proc/self/limits", "s")).ShouldSucceed();

        outcome.Error.ShouldContain("does not say how long it is");
        (await RunAsync("export", "s", "-")).ShouldSucceed().Text.ShouldBe(await File.ReadAllTextAsync("/proc/self/limits"));
    }

    [Fact]
    public async Task Import_that_another_one_overtook_says_so_and_doubles_nothing()
    {
        // More batches than a stream remembers of one producer.
        var (lines, calls) = (Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 40_000).Select(i => $"{i}\n"))), 0);
        var file = FileOf(lines);
        var host = new LogNodeHost { Disk = HostDisk.Open(Path.Combine(Directory, "data")) };
        await using var node = await LogNode.StartAsync(new LogNodeOptions(), host);
        await using var server = await LogServer.StartAsync(node);
        var quick = new Olog(server.Url);
        var other = new Lazy<Task<OlogOutcome>>(() => quick.RunAsync("import", file, "s"));

        // The first call asks where to go on; the other import comes and goes before the second.
        await using var slow = await LogServer.StartAsync(
            new InterposedLog(node, append => Interlocked.Increment(ref calls) == 1 ? append() : BehindTheOtherAsync(append)));
        var outcome = (await new Olog(slow.Url).RunAsync("import", file, "s")).ShouldEndWith(ExitCode.ConditionFailed);

        outcome.Error.ShouldContain("Another import of the same file into s");
        outcome.Error.ShouldContain("Run the import again");
        (await other.Value).ShouldSucceed();
        (await quick.RunAsync("export", "s", "-")).ShouldSucceed().Output.ShouldBe(lines);
        (await quick.RunAsync("import", file, "s", "--json")).ShouldSucceed().Json.TryGetProperty("start", out _).ShouldBeFalse();

        async ValueTask<AppendResult> BehindTheOtherAsync(Func<ValueTask<AppendResult>> append)
        {
            await other.Value;
            return await append();
        }
    }

    [Theory]
    [InlineData("there")]
    [InlineData("not there yet")]
    public async Task Export_onto_a_link_keeps_it_and_writes_its_target(string target)
    {
        await RunAsync("import", FileOf("new\n"u8.ToArray()), "s");
        var (path, link) = (Path.Combine(Directory, target), Path.Combine(Directory, "link"));
        if (target == "there")
            await File.WriteAllTextAsync(path, "old");

        File.CreateSymbolicLink(link, target);

        (await RunAsync("export", "s", link)).ShouldEndWith(target == "there" ? ExitCode.ConditionFailed : ExitCode.Ok);
        (await RunAsync("export", "s", link, "--force")).ShouldSucceed();

        new FileInfo(link).LinkTarget.ShouldBe(target);
        (await File.ReadAllTextAsync(path)).ShouldBe("new\n");
    }

    [Fact]
    public async Task Export_refuses_pipes_and_links_to_devices()
    {
        if (OperatingSystem.IsWindows())
            return;

        await RunAsync("create", "s");
        var (pipe, link) = (Path.Combine(Directory, "pipe"), Path.Combine(Directory, "link"));
        using (var made = System.Diagnostics.Process.Start("mkfifo", [pipe]))
            await made.WaitForExitAsync();

        File.CreateSymbolicLink(link, "/dev/null");
        foreach (var path in new[] { pipe, link })
        {
            (await RunAsync("export", "s", path)).ShouldEndWith(ExitCode.Usage).Error.ShouldContain("is not a file");
            (await RunAsync("export", "s", path, "--force")).ShouldEndWith(ExitCode.Usage).Error.ShouldContain("is not a file");
        }

        new FileInfo(link).LinkTarget.ShouldBe("/dev/null");
        System.IO.Directory.GetFiles(Directory).Length.ShouldBe(2);
    }

    private async Task RoundTripAsync(byte[] bytes, string stream, string? server = null)
    {
        var (source, target) = (FileOf(bytes, "source"), Path.Combine(Directory, "target"));
        var olog = new Olog(server ?? Server.Url);
        (await olog.RunAsync("import", source, stream)).ShouldSucceed();
        (await olog.RunAsync("export", stream, target, "--force")).ShouldSucceed();
        (await File.ReadAllBytesAsync(target)).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
    }

    private static Dictionary<string, byte[]> MakeNasty()
    {
        var random = new Random(3);
        var noise = new byte[3_000_000];
        random.NextBytes(noise);
        var piece = LineFormat.PieceBytes(Limits.RecordBytes);
        return new Dictionary<string, byte[]>
        {
            ["empty"] = [],
            ["one line feed"] = "\n"u8.ToArray(),
            ["only line feeds"] = Enumerable.Repeat((byte)'\n', 5_000).ToArray(),
            ["no line feed at all"] = "x"u8.ToArray(),
            ["CRLF"] = "a\r\nb\r\n"u8.ToArray(),
            ["CRLF without end"] = "a\r\nb\r"u8.ToArray(),
            ["stray CR"] = "a\rb\r\rc\n\rd\n"u8.ToArray(),
            ["NUL"] = "a\0b\n\0\n\0"u8.ToArray(),
            ["not UTF-8"] = [0xFF, 0xFE, (byte)'\n', 0xC3, (byte)'\n', 0xED, 0xA0, 0x80],
            ["byte order mark"] = [0xEF, 0xBB, 0xBF, (byte)'a', (byte)'\n'],
            ["looks like our header"] = "olog-eol: none\nolog-eol: none"u8.ToArray(),
            ["many lines"] = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{i} {new string('.', i % 100)}\n"))),
            ["long lines"] = Encoding.UTF8.GetBytes($"{new string('a', piece)}\n{new string('b', piece + 1)}\n{new string('c', piece * 2)}\n{new string('d', (piece * 2) + 7)}"),
            ["one line of exactly a piece"] = Encoding.UTF8.GetBytes(new string('e', piece)),
            ["random bytes"] = noise,
        };
    }
}
