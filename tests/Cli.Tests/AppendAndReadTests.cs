using System.Text;
using Microsoft.AspNetCore.Http;
using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli.Tests;

public class AppendAndReadTests : ServerTest
{
    [Fact]
    public async Task Arguments_are_one_batch()
    {
        await RunAsync("create", "s");
        var ack = (await RunAsync("append", "s", "one", "@two", "--json")).ShouldSucceed().Json;
        ack.ToString().ShouldBe("""{"start":0,"end":2,"tail":2,"duplicate":false}""");
        (await RunAsync("read", "s")).ShouldSucceed().Text.ShouldBe("one\n@two\n");
    }

    [Fact]
    public async Task Lines_of_standard_input_are_records_a_last_one_without_line_feed_too()
    {
        await RunAsync("create", "s");
        var input = "one\r\n\nthree"u8.ToArray();
        (await new Olog(Server.Url) { Input = input }.RunAsync("append", "s")).ShouldSucceed();
        var records = (await RunAsync("read", "s", "--json")).ShouldSucceed().JsonLines;
        records.Select(r => r.GetProperty("text").GetString()).ShouldBe(["one\r", "", "three"]);
        records.Select(r => r.GetProperty("lsn").GetInt64()).ShouldBe([0, 1, 2]);
    }

    [Fact]
    public async Task Many_lines_go_out_in_order()
    {
        await RunAsync("create", "s");
        var lines = string.Concat(Enumerable.Range(0, 10_000).Select(i => $"line {i}\n"));
        var appended = (await new Olog(Server.Url) { Input = Encoding.UTF8.GetBytes(lines) }.RunAsync("append", "s")).ShouldSucceed();
        appended.Lines.Length.ShouldBeGreaterThan(1);
        (await RunAsync("read", "s")).ShouldSucceed().Text.ShouldBe(lines);
    }

    [Fact]
    public async Task Empty_standard_input_appends_nothing()
    {
        await RunAsync("create", "s");
        (await RunAsync("append", "s")).ShouldSucceed().Output.ShouldBeEmpty();
        (await RunAsync("check-tail", "s")).ShouldSucceed().Text.ShouldStartWith("0\t0\t");
    }

    [Fact]
    public async Task Raw_is_one_record_as_it_is()
    {
        await RunAsync("create", "s");
        byte[] bytes = [0, 1, 2, (byte)'\n', 0xFF, (byte)'\r'];
        (await new Olog(Server.Url) { Input = bytes }.RunAsync("append", "s", "--raw")).ShouldSucceed();
        (await RunAsync("read", "s", "--raw")).ShouldSucceed().Output.ShouldBe(bytes);
        (await RunAsync("read", "s", "--json")).ShouldSucceed().Json.GetProperty("base64").GetString().ShouldBe(Convert.ToBase64String(bytes));
    }

    [Theory]
    [InlineData("--raw")]
    [InlineData("--json")]
    public async Task A_record_over_the_limit_is_refused_and_nothing_is_appended(string option)
    {
        await RunAsync("create", "s");
        var input = Encoding.UTF8.GetBytes(new string('x', Limits.RecordBytes + 1));
        (await new Olog(Server.Url) { Input = input }.RunAsync("append", "s", option)).ShouldEndWith(ExitCode.Usage);
        (await RunAsync("check-tail", "s")).ShouldSucceed().Text.ShouldStartWith("0\t0\t");
    }

    [Fact]
    public async Task The_largest_record_goes_through_as_a_line()
    {
        await RunAsync("create", "s");
        var line = new string('x', Limits.RecordBytes);
        (await new Olog(Server.Url) { Input = Encoding.UTF8.GetBytes($"a\n{line}\nb\n") }.RunAsync("append", "s")).ShouldSucceed();
        (await RunAsync("read", "s")).ShouldSucceed().Text.ShouldBe($"a\n{line}\nb\n");
    }

    [Fact]
    public async Task Headers_and_timestamps_come_back()
    {
        await RunAsync("create", "s");
        (await RunAsync("append", "s", "x", "--header", "k=v", "--header", "k=", "--timestamp", "2026-01-31T12:00:00Z")).ShouldSucceed();
        var record = (await RunAsync("read", "s", "--json")).ShouldSucceed().Json;
        record.GetProperty("headers").ToString().ShouldBe("""[["k","v"],["k",""]]""");
        record.GetProperty("timestamp").GetInt64().ShouldBe(1769860800000);
    }

    [Fact]
    public async Task An_expected_tail_that_is_not_the_tail_refuses_the_append()
    {
        await RunAsync("create", "s");
        (await RunAsync("append", "s", "x", "--expected-tail", "0")).ShouldSucceed();
        var problem = (await RunAsync("append", "s", "x", "--expected-tail", "0", "--json")).ShouldEndWith(ExitCode.ConditionFailed).Problem;
        problem.GetProperty("code").GetString().ShouldBe("append_condition_failed");
        problem.GetProperty("tail").GetInt64().ShouldBe(1);
    }

    [Fact]
    public async Task A_stamped_append_may_be_repeated()
    {
        await RunAsync("create", "s");
        string[] append = ["append", "s", "x", "--producer", "p", "--sequence", "0"];
        (await RunAsync(append)).ShouldSucceed().Text.ShouldBe("0\t1\n");
        (await RunAsync(append)).ShouldSucceed().Text.ShouldBe("0\t1\tduplicate\n");
        var gap = (await RunAsync("append", "s", "x", "--producer", "p", "--sequence", "5", "--json")).ShouldEndWith(ExitCode.ConditionFailed).Problem;
        (gap.GetProperty("expected").GetInt64(), gap.GetProperty("received").GetInt64()).ShouldBe((1, 5));
        (await RunAsync("append", "s", "x", "--producer", "p", "--epoch", "1", "--sequence", "0")).ShouldSucceed();
        (await RunAsync("append", "s", "x", "--producer", "p", "--sequence", "1")).ShouldEndWith(ExitCode.ConditionFailed);
    }

    [Fact]
    public async Task Read_is_bounded_by_position_count_and_time()
    {
        await RunAsync("create", "s");
        for (var i = 0; i < 5; i++)
            (await RunAsync("append", "s", $"r{i}", "--timestamp", $"{i * 1000}")).ShouldSucceed();

        (await RunAsync("read", "s", "--from", "3")).ShouldSucceed().Text.ShouldBe("r3\nr4\n");
        (await RunAsync("read", "s", "--last", "2")).ShouldSucceed().Text.ShouldBe("r3\nr4\n");
        (await RunAsync("read", "s", "--since", "2000", "--until", "4000")).ShouldSucceed().Text.ShouldBe("r2\nr3\n");
        (await RunAsync("read", "s", "--limit", "2")).ShouldSucceed().Text.ShouldBe("r0\nr1\n");
        (await RunAsync("read", "s", "--limit", "0")).ShouldSucceed().Output.ShouldBeEmpty();
        (await RunAsync("read", "s", "--from", "5")).ShouldSucceed().Output.ShouldBeEmpty();
        (await RunAsync("read", "s", "--from", "6")).ShouldEndWith(ExitCode.OutOfRange);
        (await RunAsync("tail", "s", "-n", "1")).ShouldSucceed().Text.ShouldBe("r4\n");
    }

    [Fact]
    public async Task On_a_terminal_a_record_cannot_drive_it()
    {
        await RunAsync("create", "s");
        (await RunAsync("append", "s", "\u001b[2J")).ShouldSucceed();
        var shown = (await new Olog(Server.Url) { Terminal = true }.RunAsync("read", "s")).ShouldSucceed().Text;
        shown.ShouldNotContain("\u001b");
        shown.ShouldContain("\\u{1b}[2J");
    }

    [Fact]
    public async Task Follow_prints_what_comes_across_a_restart_of_the_server_until_the_stream_is_sealed()
    {
        await RunAsync("create", "s");
        await RunAsync("append", "s", "before");
        await using var output = new LineWatch();
        var following = new Olog(Server.Url) { OutputStream = output }.RunAsync("tail", "s", "-f");
        await output.WaitForAsync("before");

        await RunAsync("append", "s", "live");
        await output.WaitForAsync("live");

        var port = Server.Port;
        await Server.DisposeAsync();
        await using var restarted = await LogServer.StartAsync(Log, port);
        await RunAsync("append", "s", "after");
        await output.WaitForAsync("after");
        await RunAsync("seal", "s");

        (await following).ShouldSucceed();
        output.Text.ShouldBe("before\nlive\nafter\n");
    }

    [Fact]
    public async Task Follow_from_a_later_time_prints_nothing_older()
    {
        await RunAsync("create", "s");
        await RunAsync("append", "s", "before");
        var since = TimeProvider.System.GetUtcNow().AddMinutes(30).ToUnixTimeMilliseconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        await using var output = new LineWatch();
        var following = new Olog(Server.Url) { OutputStream = output }.RunAsync("read", "s", "-f", "--since", since);

        await RunAsync("append", "s", "still before");
        await RunAsync("append", "s", "then", "--timestamp", since);
        await RunAsync("seal", "s");

        (await following).ShouldSucceed();
        output.Text.ShouldBe("then\n");
    }

    [Theory]
    [InlineData("")]
    [InlineData("-f")]
    public async Task Read_ends_when_its_stream_is_recreated_between_pages(string follow)
    {
        var reads = 0;
        await using var server = await LogServer.StartAsync(Log, before: async (context, next) =>
        {
            if (HttpMethods.IsGet(context.Request.Method) && ++reads == 2)
            {
                await RunAsync("delete", "s", "--yes");
                await RunAsync("create", "s");
                (await new Olog(Server.Url) { Input = Lines("new") }.RunAsync("append", "s")).ShouldSucceed();
            }

            await next(context);
        });
        await RunAsync("create", "s");
        (await new Olog(Server.Url) { Input = Lines("old") }.RunAsync("append", "s")).ShouldSucceed();

        var outcome = await new Olog(server.Url).RunAsync([.. $"read s {follow}".Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        outcome.ShouldEndWith(ExitCode.NotFound);
        outcome.Lines[^1].ShouldStartWith("old ");

        static byte[] Lines(string name) => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 12_000).Select(i => $"{name} {i}\n")));
    }

    [Fact]
    public async Task When_the_reader_of_the_output_goes_away_it_ends_quietly()
    {
        await RunAsync("create", "s");
        await RunAsync("append", "s", "x");
        var outcome = await new Olog(Server.Url) { OutputStream = new BrokenPipe() }.RunAsync("read", "s");
        outcome.ShouldEndWith(ExitCode.ReaderGone).Error.ShouldBeEmpty();
    }

    private sealed class BrokenPipe : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("Broken pipe", 32);

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Write(buffer.Span);
            return default;
        }
    }
}
