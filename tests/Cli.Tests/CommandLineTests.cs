using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli.Tests;

public class CommandLineTests
{
    private static readonly string[] Verbs =
    [
        "create", "ls", "config", "append", "read", "tail", "check-tail", "trim", "fence", "seal", "delete", "import", "export", "bench", "doctor",
    ];

    [Fact]
    public async Task Help_names_every_verb()
    {
        var help = (await new Olog().RunAsync("--help")).ShouldSucceed().Text;
        foreach (var verb in Verbs)
            help.ShouldContain($"\n  {verb} ");
    }

    [Fact]
    public async Task Every_verb_has_help()
    {
        foreach (var verb in Verbs)
            (await new Olog().RunAsync(verb, "--help")).ShouldSucceed().Text.ShouldContain("--json");
    }

    [Fact]
    public async Task The_page_about_the_command_line_names_every_verb_and_every_exit_code()
    {
        var page = await File.ReadAllTextAsync(Repository.File("docs", "CLI.md"));
        foreach (var verb in Verbs)
            page.ShouldContain($"| `{verb}");
        foreach (var code in Enum.GetValues<ExitCode>())
            page.ShouldContain($"| {(int)code} |");
    }

    [Theory]
    [InlineData]
    [InlineData("nonsense")]
    [InlineData("append")]
    [InlineData("append", "../etc", "x")]
    [InlineData("append", "a\u202eb", "x")]
    [InlineData("append", "s", "x", "--sequence", "1")]
    [InlineData("append", "s", "--expected-tail", "1")]
    [InlineData("append", "s", "x", "--raw")]
    [InlineData("append", "s", "x", "--expected-tail", "-1")]
    [InlineData("append", "s", "x", "--timestamp", "yesterday")]
    [InlineData("append", "s", "x", "--header", "novalue")]
    [InlineData("read", "s", "--from", "1", "--last", "1")]
    [InlineData("read", "s", "--from", "x")]
    [InlineData("read", "s", "-f", "--until", "0")]
    [InlineData("tail", "s", "-n", "-1")]
    [InlineData("trim", "s", "x")]
    [InlineData("ls", "--server", "ftp://x")]
    [InlineData("delete", "s")]
    [InlineData("bench", "--record", "2000000")]
    [InlineData("bench", "--rate", "0")]
    [InlineData("bench", "--appender", "--outstanding", "9")]
    [InlineData("bench", "--raw", "--outstanding", "2")]
    [InlineData("bench", "--raw", "--rate", "9")]
    public async Task A_wrong_command_line_ends_with_usage_and_one_line(params string[] arguments)
    {
        var outcome = (await new Olog("http://127.0.0.1:1").RunAsync(arguments)).ShouldEndWith(ExitCode.Usage);
        outcome.Output.ShouldBeEmpty();
        outcome.Error.ShouldStartWith("olog: usage: ");
        outcome.Error.Count(c => c == '\n').ShouldBe(1);
    }

    [Theory]
    [InlineData("--from 'x' is not a whole number from 0 to 9007199254740991.", "read", "s", "--from", "x")]
    [InlineData("--limit '-1' is not a whole number from 0 to", "read", "s", "--limit", "-1")]
    [InlineData("--lines '-1' is not a whole number from 0 to 2147483647.", "tail", "s", "-n", "-1")]
    [InlineData("--since 'yesterday' is neither milliseconds since 1970 nor a date and time.", "read", "s", "--since", "yesterday")]
    [InlineData("--record '2000000' is not a whole number from 0 to 1048576.", "bench", "--record", "2000000")]
    [InlineData("--clients 'many' is not a whole number from 1 to 10000.", "bench", "--clients", "many")]
    [InlineData("--rate '0' is not a whole number from 1 to 2147483647.", "bench", "--rate", "0")]
    [InlineData("--io-depth '17' is not a whole number from 1 to 16.", "bench", "--in-process", "x", "--io-depth", "17")]
    [InlineData("--outstanding is 9; with --appender it must be from 1 to 8.", "bench", "--appender", "--outstanding", "9")]
    [InlineData("--outstanding 'x' is not a whole number from 1 to 10000.", "bench", "--raw", "--outstanding", "x")]
    [InlineData("--duration 'long' is not a duration like", "bench", "--duration", "long")]
    [InlineData("--keep 'all' is not a size like 64MiB.", "bench", "--keep", "all")]
    [InlineData("--max-record-bytes '0' is not a whole number from 1 to 1048576.", "create", "s", "--max-record-bytes", "0")]
    [InlineData("--retention-bytes 'all' is neither none nor a size.", "create", "s", "--retention-bytes", "all")]
    [InlineData("--if-version 'x' is not a whole number from 1 to", "config", "s", "--if-version", "x")]
    [InlineData("--node 'x' is not the id of a node: 32 hexadecimal digits.", "restore", "--data", "x", "--blobs", "y", "--node", "x")]
    [InlineData("--server 'ftp://x' is not an http or https URL.", "ls", "--server", "ftp://x")]
    public async Task Refused_value_is_named_with_option_and_range(string message, params string[] arguments) =>
        (await new Olog("http://127.0.0.1:1").RunAsync(arguments)).ShouldEndWith(ExitCode.Usage).Error.ShouldContain(message);

    [Fact]
    public async Task With_json_an_error_is_a_problem_document()
    {
        var problem = (await new Olog().RunAsync("trim", "s", "x", "--json")).ShouldEndWith(ExitCode.Usage).Problem;
        problem.GetProperty("code").GetString().ShouldBe("usage");
        problem.GetProperty("side_effects").GetString().ShouldBe("none");
        problem.GetProperty("retryable").GetBoolean().ShouldBeFalse();
        problem.GetProperty("detail").GetString().ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task A_bad_server_in_the_environment_is_a_usage_error() =>
        (await new Olog("nonsense").RunAsync("ls")).ShouldEndWith(ExitCode.Usage);

    [Fact]
    public async Task A_server_that_is_not_there_is_unavailable_and_named()
    {
        var outcome = (await new Olog("http://127.0.0.1:1").RunAsync("ls")).ShouldEndWith(ExitCode.Unavailable);
        outcome.Error.ShouldContain("http://127.0.0.1:1");
    }

    [Fact]
    public void Every_error_code_has_its_exit_code()
    {
        foreach (var code in LogErrors.All)
        {
            var exitCode = ExitCodes.Of(code);
            exitCode.ShouldNotBe(ExitCode.Ok);

            // What scripts rely on: 5 may be repeated blindly, 6 may not.
            if (exitCode == ExitCode.Unavailable)
                (LogErrors.IsRetryable(code), LogErrors.SideEffectsOf(code)).ShouldBe((true, SideEffects.None));
            if (exitCode == ExitCode.OutcomeUnknown)
                LogErrors.SideEffectsOf(code).ShouldBe(SideEffects.Possible);
        }
    }

    [Theory]
    [InlineData(false, true, ExitCode.OutcomeUnknown)]
    [InlineData(true, true, ExitCode.OutcomeUnknown)]
    [InlineData(true, false, ExitCode.Unavailable)]
    [InlineData(false, false, ExitCode.Failed)]
    internal void A_code_of_a_newer_server_goes_by_what_the_answer_says_of_it(bool retryable, bool possible, ExitCode expected) =>
        ExitCodes.Of("something_new", retryable, possible).ShouldBe(expected);
}
