using System.Text;
using System.Text.Json;
using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli.Tests;

/// <summary>Runs olog in this process, with its standard streams redirected.</summary>
internal sealed class Olog(string? server = null)
{
    /// <summary>What stands on standard input.</summary>
    public byte[] Input { get; init; } = [];

    /// <summary>Instead of <see cref="Input"/>: a stream.</summary>
    public Stream? InputStream { get; init; }

    /// <summary>Instead of memory: where standard output goes.</summary>
    public Stream? OutputStream { get; init; }

    /// <summary>Is standard output a terminal?</summary>
    public bool Terminal { get; init; }

    /// <summary>Ctrl-C.</summary>
    public CancellationToken Stop { get; init; }

    public async Task<OlogOutcome> RunAsync(params string[] arguments)
    {
        var output = new MemoryStream();
        var error = new StringWriter { NewLine = "\n" };
        var host = new CliHost
        {
            Input = InputStream ?? new MemoryStream(Input),
            Output = OutputStream ?? output,
            Error = error,
            OutputIsTerminal = Terminal,
            Variable = name => name == "OLOG_SERVER" ? server : null,
        };
        var exitCode = await OlogApp.RunAsync(arguments, host, Stop);
        return new OlogOutcome(exitCode, output.ToArray(), error.ToString());
    }
}

/// <summary>How it ended.</summary>
internal sealed record OlogOutcome(ExitCode ExitCode, byte[] Output, string Error)
{
    public string Text => Encoding.UTF8.GetString(Output);

    public string[] Lines => Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    public JsonElement[] JsonLines => [.. Lines.Select(line => JsonDocument.Parse(line).RootElement)];

    public JsonElement Problem => JsonDocument.Parse(Error).RootElement;

    public OlogOutcome ShouldEndWith(ExitCode exitCode)
    {
        ExitCode.ShouldBe(exitCode, $"{Text}\n{Error}");
        return this;
    }

    public OlogOutcome ShouldSucceed() => ShouldEndWith(ExitCode.Ok);
}
