using Microsoft.Extensions.Logging;

namespace Orleans.Log.Testing.Soak;

/// <summary>Keeps the first warnings and errors of nodes. Safe for use by several threads.</summary>
public sealed class SoakLog : ILoggerFactory, ILogger
{
    private const int Most = 50;

    private readonly List<string> _warnings = [];
    private readonly List<string> _errors = [];

    public IReadOnlyList<string> Warnings => Copy(_warnings);

    public IReadOnlyList<string> Errors => Copy(_errors);

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel < LogLevel.Warning)
            return;

        var lines = logLevel == LogLevel.Warning ? _warnings : _errors;
        lock (lines)
        {
            if (lines.Count < Most)
                lines.Add($"{formatter(state, exception)} {(logLevel == LogLevel.Warning ? exception?.Message : exception)}");
        }
    }

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => this;

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider)
    {
        // The soak is all that listens.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // There is nothing to give back.
    }

    private static List<string> Copy(List<string> lines)
    {
        lock (lines)
            return [.. lines];
    }
}
