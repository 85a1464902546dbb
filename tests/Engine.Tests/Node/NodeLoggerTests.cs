using Microsoft.Extensions.Logging;

namespace Orleans.Log.Engine.Tests.Node;

/// <summary>A line that cannot be written is no failure of the one who logs.</summary>
public sealed class NodeLoggerTests
{
    private readonly Broken _host = new();
    private readonly NodeLogger _logger;

    public NodeLoggerTests() => _logger = new NodeLogger(_host);

    [Fact]
    public void Logger_that_fails_does_not_fail_the_engine()
    {
        _host.Fails = true;

        Should.NotThrow(() => _logger.LogWarning(new InvalidOperationException(), "No WAL file can be prepared"));

        _logger.Lost.ShouldBe(1);
    }

    [Fact]
    public void Lost_lines_are_counted_by_the_next_one()
    {
        _host.Fails = true;
        _logger.LogWarning("one");
        _logger.LogWarning("two");
        _host.Fails = false;

        _logger.LogInformation("three");

        _host.Lines.ShouldBe(["three", "2 lines before this one could not be logged."]);
        _logger.Lost.ShouldBe(0);
    }

    private sealed class Broken : ILogger
    {
        public bool Fails { get; set; }

        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (Fails)
                throw new InvalidOperationException("The host cannot log.");

            Lines.Add(formatter(state, exception));
        }
    }
}
