using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Orleans.Log.Api.Server.Tests;

/// <summary>Everything that the server logged as a warning or worse.</summary>
internal sealed class Complaints : ILoggerProvider, ILogger
{
    public ConcurrentBag<string> Lines { get; } = [];

    public ILogger CreateLogger(string categoryName) => this;

    public void Dispose()
    {
    }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            Lines.Add($"{formatter(state, exception)} {exception}");
    }
}
