using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace Orleans.Log.Engine;

/// <summary>
/// The host's logger as the engine sees it: one that never throws. The engine's threads and background loops log where they handle a failure; a line that cannot be written, because memory
/// or descriptors are short just then, must neither end the process nor the loop. Lines that were lost are counted, and named by the next one that gets through.
/// </summary>
internal sealed partial class NodeLogger(ILogger inner) : ILogger
{
    private long _lost;

    /// <summary>Lines that could not be written, and are not named yet.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    /// <inheritdoc/>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a logger throws, the one who logs has something more important to do.")]
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception)
        {
            Interlocked.Increment(ref _lost);
            return;
        }

        if (Lost > 0)
            Report();
    }

    [SuppressMessage("Design", "CA1031", Justification = "As above.")]
    private void Report()
    {
        var lost = Interlocked.Exchange(ref _lost, 0);
        try
        {
            LogLost(inner, lost);
        }
        catch (Exception)
        {
            Interlocked.Add(ref _lost, lost);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Lines} lines before this one could not be logged.")]
    private static partial void LogLost(ILogger logger, long lines);
}
