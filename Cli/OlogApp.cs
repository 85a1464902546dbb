using System.CommandLine;
using Orleans.Log.Cli.Commands;
using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli;

/// <summary>The command line as a whole: parse, run the verb, turn what happened into an exit code.</summary>
internal static class OlogApp
{
    /// <summary>Runs one command line. Never throws for what a user can cause.</summary>
    public static async Task<ExitCode> RunAsync(string[] args, CliHost host, CancellationToken cancellationToken)
    {
        // "@name" is a legitimate payload of "append", not a file of further arguments.
        var parsed = OlogCommand.Create(host).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        var json = args.Contains("--json");
        if (parsed.Errors.Count > 0)
        {
            var message = string.Join(" ", parsed.Errors.Select(error => error.Message));
            Failure.Local(ExitCode.Usage, $"{message} Try --help.").WriteTo(host.Error, json);
            return ExitCode.Usage;
        }

        try
        {
            await using var output = new StreamWriter(host.Output, leaveOpen: true);
            var configuration = new InvocationConfiguration
            {
                Output = output,
                Error = host.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return (ExitCode)await parsed.InvokeAsync(configuration, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (IOException exception) when (StandardOutput.IsReaderGone(exception))
        {
            return ExitCode.ReaderGone;
        }
        catch (Exception exception)
        {
            var failure = Failure.Of(exception) ?? Failure.Local(ExitCode.Failed, $"defect: {exception}");
            failure.WriteTo(host.Error, json);
            return failure.ExitCode;
        }
    }
}
