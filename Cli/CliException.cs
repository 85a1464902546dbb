using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli;

/// <summary>A failure that olog found itself, with the exit code it means.</summary>
internal sealed class CliException(ExitCode exitCode, string message, Exception? innerException = null) : Exception(message, innerException)
{
    public ExitCode ExitCode { get; } = exitCode;
}
