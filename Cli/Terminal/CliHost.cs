namespace Orleans.Log.Cli.Terminal;

/// <summary>What olog has of the process that it runs in; tests give their own.</summary>
internal sealed class CliHost
{
    /// <summary>Standard input.</summary>
    public required Stream Input { get; init; }

    /// <summary>Standard output: results, and nothing else.</summary>
    public required Stream Output { get; init; }

    /// <summary>Standard error: errors, warnings, progress.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Is <see cref="Input"/> a terminal?</summary>
    public bool InputIsTerminal { get; init; }

    /// <summary>Is <see cref="Output"/> a terminal?</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>Is <see cref="Error"/> a terminal?</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>The time.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>An environment variable, or null.</summary>
    public Func<string, string?> Variable { get; init; } = static _ => null;

    /// <summary>That of this process.</summary>
    public static CliHost OfProcess() => new()
    {
        Input = Console.OpenStandardInput(),
        Output = StandardOutput.Open(),
        Error = Console.Error,
        InputIsTerminal = !Console.IsInputRedirected,
        OutputIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
        Variable = Environment.GetEnvironmentVariable,
    };
}
