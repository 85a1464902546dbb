using System.CommandLine;
using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli.Commands;

/// <summary>One verb: its arguments and options, made once for each command line, and what it does.</summary>
internal abstract class Verb(string name, string description) : Command(name, description)
{
    /// <summary>Does it. Failures are exceptions; the exit code returned is for outcomes that are none.</summary>
    public abstract Task<ExitCode> RunAsync(Call call, CancellationToken cancellationToken);
}
