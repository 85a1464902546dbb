using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli.Tests;

public class BenchVerbTests : ServerTest
{
    private static readonly string[] Short = ["--duration", "200ms", "--warm-up", "20ms", "--clients", "2", "--streams", "2", "--batch", "3", "--record", "50"];

    [Theory]
    [InlineData("request")]
    [InlineData("raw_request", "--raw")]
    [InlineData("raw_session", "--session")]
    [InlineData("raw_session", "--session", "--outstanding", "64")]
    [InlineData("appender", "--appender", "--outstanding", "4")]
    [InlineData("request", "--rate", "300")]
    public async Task Bench_counts_what_the_server_took_and_tells_it_as_json(string path, params string[] options)
    {
        var result = (await RunAsync(["bench", .. Short, .. options, "--json"])).ShouldSucceed().Json;
        result.GetProperty("path").GetString().ShouldBe(path);
        result.GetProperty("loop").GetString().ShouldBe(options.Contains("--rate") ? "open" : "closed");
        var records = result.GetProperty("records").GetInt64();
        records.ShouldBeGreaterThan(0);
        var latency = result.GetProperty("latency_us");
        foreach (var name in new[] { "p50", "p90", "p99", "p999", "max", "mean" })
            latency.GetProperty(name).GetDouble().ShouldBeGreaterThan(0);
        result.GetProperty("durability").GetProperty("method").GetString().ShouldNotBeNullOrEmpty();

        long stored = 0;
        foreach (var stream in (await RunAsync("ls", "olog-bench-", "--json")).JsonLines)
            stored += stream.GetProperty("tail").GetInt64();
        stored.ShouldBeGreaterThanOrEqualTo(records);
    }

    [Fact]
    public async Task In_process_it_runs_on_a_directory_of_its_own_and_leaves_nothing_behind()
    {
        var result = (await RunAsync(["bench", .. Short, "--in-process", Directory, "--json"])).ShouldSucceed().Json;
        result.GetProperty("path").GetString().ShouldBe("in_process");
        result.GetProperty("processor_us_per_record").GetDouble().ShouldBeGreaterThan(0);
        result.GetProperty("records").GetInt64().ShouldBeGreaterThan(0);
        var durability = result.GetProperty("durability");
        durability.GetProperty("flushes").GetInt64().ShouldBeGreaterThan(0);
        durability.GetProperty("method").GetString().ShouldNotBeNullOrEmpty();
        System.IO.Directory.GetFileSystemEntries(Directory).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_slower_disk_can_be_had()
    {
        var result = (await RunAsync(["bench", .. Short, "--in-process", Directory, "--flush-delay", "30ms", "--json"])).ShouldSucceed().Json;
        result.GetProperty("latency_us").GetProperty("p50").GetDouble().ShouldBeGreaterThanOrEqualTo(30_000);
    }

    [Fact]
    public async Task Streams_are_deleted_if_that_is_asked_for()
    {
        (await RunAsync(["bench", .. Short, "--delete"])).ShouldSucceed().Text.ShouldContain("records/s\t");
        (await RunAsync("ls")).ShouldSucceed().Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task Ctrl_C_ends_a_run_at_once()
    {
        using var stop = new CancellationTokenSource();
        var running = new Olog(Server.Url) { Stop = stop.Token }.RunAsync("bench", "--duration", "1h");
        await stop.CancelAsync();
        (await running).ShouldEndWith(ExitCode.Interrupted);
    }
}
