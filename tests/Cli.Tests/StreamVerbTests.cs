using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli.Tests;

public class StreamVerbTests : ServerTest
{
    [Fact]
    public async Task Create_makes_a_stream_and_shows_it()
    {
        var created = (await RunAsync("create", "orders", "--max-record-bytes", "1000", "--producer-expiry", "2h", "--label", "team=blue", "--json")).ShouldSucceed().Json;
        created.GetProperty("name").GetString().ShouldBe("orders");
        created.GetProperty("tail").GetInt64().ShouldBe(0);
        var config = created.GetProperty("config");
        config.GetProperty("max_record_bytes").GetInt32().ShouldBe(1000);
        config.GetProperty("producer_expiry_seconds").GetInt64().ShouldBe(7200);
        config.GetProperty("labels").GetProperty("team").GetString().ShouldBe("blue");
    }

    [Fact]
    public async Task Create_may_be_repeated_unless_it_must_be_new()
    {
        (await RunAsync("create", "s")).ShouldSucceed().Error.ShouldBe("olog: created\n");
        (await RunAsync("create", "s")).ShouldSucceed().Error.ShouldBe("olog: exists\n");
        var problem = (await RunAsync("create", "s", "--must-be-new", "--json")).ShouldEndWith(ExitCode.ConditionFailed).Problem;
        problem.GetProperty("code").GetString().ShouldBe("stream_exists");
        problem.GetProperty("status").GetInt32().ShouldBe(412);
    }

    [Fact]
    public async Task Ls_lists_by_prefix_in_order()
    {
        foreach (var name in new[] { "b1", "a2", "a1" })
            (await RunAsync("create", name)).ShouldSucceed();

        (await RunAsync("ls")).ShouldSucceed().Lines.Select(line => line.Split('\t')[0]).ShouldBe(["a1", "a2", "b1"]);
        (await RunAsync("ls", "a", "--json")).ShouldSucceed().JsonLines.Select(s => s.GetProperty("name").GetString()).ShouldBe(["a1", "a2"]);
        (await RunAsync("ls", "zz")).ShouldSucceed().Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stream_whose_node_is_away_is_listed_and_cannot_be_used_for_now()
    {
        foreach (var name in new[] { "here", "there" })
            (await RunAsync("create", name)).ShouldSucceed();
        Log.SetAway(StreamName.Parse("there"), away: true);

        (await RunAsync("ls")).ShouldSucceed().Lines.Select(line => line.Split('\t')).Select(cells => (cells[0], cells[4])).ShouldBe([("here", "open"), ("there", "away")]);
        (await RunAsync("ls", "--json")).ShouldSucceed().JsonLines.Select(s => s.TryGetProperty("available", out var available) ? available.GetBoolean() : (bool?)null)
            .ShouldBe([null, false]);
        (await RunAsync("check-tail", "there", "--json")).ShouldEndWith(ExitCode.Unavailable).Problem.GetProperty("code").GetString().ShouldBe("unavailable");

        Log.SetAway(StreamName.Parse("there"), away: false);
        (await RunAsync("check-tail", "there")).ShouldSucceed();
    }

    [Fact]
    public async Task On_a_terminal_there_is_a_heading()
    {
        await RunAsync("create", "s");
        var list = (await new Olog(Server.Url) { Terminal = true }.RunAsync("ls")).ShouldSucceed().Text;
        list.ShouldContain("stream");
        list.ShouldContain("tail");
    }

    [Fact]
    public async Task Config_shows_and_changes_under_a_version()
    {
        await RunAsync("create", "s", "--label", "a=1");
        var version = (await RunAsync("config", "s", "--json")).ShouldSucceed().Json.GetProperty("config_version").GetInt64();
        var changed = (await RunAsync("config", "s", "--label", "a=", "--label", "b=2", "--if-version", $"{version}", "--json")).ShouldSucceed().Json;
        changed.GetProperty("config").GetProperty("labels").ToString().ShouldBe("""{"b":"2"}""");
        (await RunAsync("config", "s", "--label", "c=3", "--if-version", $"{version}")).ShouldEndWith(ExitCode.ConditionFailed);
    }

    [Fact]
    public async Task Retention_is_set_shown_and_lifted()
    {
        await RunAsync("create", "s", "--retention-age", "7d", "--retention-bytes", "10GiB", "--retention-records", "500");
        var config = (await RunAsync("config", "s", "--json")).ShouldSucceed().Json.GetProperty("config");
        (config.GetProperty("retention_age_seconds").GetInt64(), config.GetProperty("retention_bytes").GetInt64(), config.GetProperty("retention_records").GetInt64())
            .ShouldBe((604800, 10L << 30, 500));

        (await RunAsync("config", "s", "--retention-age", "none", "--retention-bytes", "none")).ShouldSucceed().Text.ShouldContain("retention\t500 records\n");
        (await RunAsync("config", "s", "--retention-records", "none")).ShouldSucceed().Text.ShouldContain("retention\tfor ever\n");
    }

    [Theory]
    [InlineData("--retention-age", "7y", "neither none nor a duration")]
    [InlineData("--retention-bytes", "10GB", "neither none nor a size")]
    [InlineData("--retention-records", "none", "use config")]
    [InlineData("--retention-age", "10s", "retention_age_seconds")]
    public async Task Retention_that_cannot_be_is_refused(string option, string value, string because) =>
        (await RunAsync("create", "s", option, value)).ShouldEndWith(ExitCode.Usage).Error.ShouldContain(because);

    [Fact]
    public async Task Snapshots_are_taken_and_listed()
    {
        await RunAsync("create", "s");
        (await RunAsync("snapshots", "s")).ShouldSucceed().Output.ShouldBeEmpty();
        await RunAsync("append", "s", "a", "b");

        var snapshot = (await RunAsync("snapshot", "s", "--json")).ShouldSucceed().Json;
        snapshot.GetProperty("lsn").GetInt64().ShouldBe(2);
        (await RunAsync("snapshots", "s", "--json")).ShouldSucceed().Json.GetProperty("snapshots")[0].ToString().ShouldBe(snapshot.ToString());
        (await RunAsync("snapshot", "s")).ShouldSucceed().Text.ShouldStartWith("2\t1\t");
        (await RunAsync("config", "s")).ShouldSucceed().Text.ShouldContain("offloaded\t2\n");
    }

    [Theory]
    [InlineData("config", "none")]
    [InlineData("snapshot", "none")]
    [InlineData("snapshots", "none")]
    [InlineData("append", "none", "x")]
    [InlineData("read", "none")]
    [InlineData("tail", "none", "-f")]
    [InlineData("check-tail", "none")]
    [InlineData("trim", "none", "0")]
    [InlineData("fence", "none", "t")]
    [InlineData("seal", "none")]
    [InlineData("export", "none", "-")]
    [InlineData("import", "-", "none", "--no-create")]
    public async Task A_stream_that_is_not_there_is_not_found(params string[] arguments) =>
        (await RunAsync(arguments)).ShouldEndWith(ExitCode.NotFound).Error.ShouldStartWith("olog: stream_not_found: ");

    [Fact]
    public async Task Check_tail_trim_seal_and_delete()
    {
        await RunAsync("create", "s");
        (await RunAsync("append", "s", "a", "b", "c")).ShouldSucceed().Text.ShouldBe("0\t3\n");
        var tail = (await RunAsync("check-tail", "s", "--json")).ShouldSucceed().Json;
        (tail.GetProperty("head").GetInt64(), tail.GetProperty("tail").GetInt64(), tail.GetProperty("sealed").GetBoolean()).ShouldBe((0, 3, false));

        (await RunAsync("trim", "s", "2", "--json")).ShouldSucceed().Json.GetProperty("head").GetInt64().ShouldBe(2);
        (await RunAsync("trim", "s", "9")).ShouldEndWith(ExitCode.OutOfRange);
        (await RunAsync("read", "s")).ShouldSucceed().Text.ShouldBe("c\n");
        (await RunAsync("read", "s", "--from", "0")).ShouldEndWith(ExitCode.OutOfRange);
        (await RunAsync("read", "s", "--from", "0", "--clamp")).ShouldSucceed().Text.ShouldBe("c\n");

        (await RunAsync("seal", "s")).ShouldSucceed();
        (await RunAsync("append", "s", "d")).ShouldEndWith(ExitCode.ConditionFailed).Error.ShouldContain("stream_sealed");

        (await RunAsync("delete", "s", "--yes")).ShouldSucceed();
        (await RunAsync("check-tail", "s")).ShouldEndWith(ExitCode.NotFound);
        (await RunAsync("delete", "s", "--yes", "--json")).ShouldSucceed().Json.GetProperty("deleted").GetString().ShouldBe("s");
    }

    [Fact]
    public async Task Fence_shuts_out_writers_without_the_token()
    {
        await RunAsync("create", "s");
        (await RunAsync("fence", "s", "mine", "--expected", "")).ShouldSucceed();
        (await RunAsync("append", "s", "x")).ShouldEndWith(ExitCode.ConditionFailed).Error.ShouldContain("fenced");
        (await RunAsync("append", "s", "x", "--token", "mine")).ShouldSucceed();
        (await RunAsync("fence", "s", "other", "--expected", "wrong")).ShouldEndWith(ExitCode.ConditionFailed);
        (await RunAsync("fence", "s", "")).ShouldSucceed();
        (await RunAsync("append", "s", "y")).ShouldSucceed();
    }

    [Fact]
    public async Task Stopping_a_command_ends_it_with_130_and_nothing_on_standard_error()
    {
        await RunAsync("create", "s");
        using var stop = new CancellationTokenSource();
        var following = new Olog(Server.Url) { Stop = stop.Token }.RunAsync("tail", "s", "-f");
        await stop.CancelAsync();
        (await following).ShouldEndWith(ExitCode.Interrupted).Error.ShouldBeEmpty();
    }
}
