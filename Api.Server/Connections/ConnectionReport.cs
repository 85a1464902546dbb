using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Orleans.Log.Api.Server.Connections;

/// <summary>Says at the start how many connections there may be, and why not more; measures them from then on.</summary>
internal sealed partial class ConnectionReport : IHostedService
{
    private readonly ConnectionBudget _connections;
    private readonly ILogger _logger;

    public ConnectionReport(ConnectionBudget connections, WriteWatch watch, IMeterFactory meters, ILoggerFactory loggers)
    {
        (_connections, _logger) = (connections, loggers.CreateLogger("Orleans.Log.Api.Server"));
        var meter = meters.Create("OrleansLog");
        meter.CreateObservableUpDownCounter("orleans_log.http.connections", () => connections.Open, "{connection}", "Open connections, appender sessions included.");
        meter.CreateObservableUpDownCounter("orleans_log.http.connections.limit", () => connections.Max, "{connection}", "Most connections, appender sessions included.");
        meter.CreateObservableCounter("orleans_log.http.connections.rejected", () => connections.Rejected, "{connection}", "Connections closed because there were as many as there may be.");
        meter.CreateObservableCounter("orleans_log.http.connections.stalled", () => watch.Cut, "{connection}", "Connections closed because the client took nothing for the write time-out.");
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var descriptors = _connections.Descriptors;
        if (descriptors.Limit is { } limit)
        {
            var level = _connections.IsBelowOptions ? LogLevel.Warning : LogLevel.Information;
            LogLimit(level, limit, descriptors.Open, DescriptorLimit.Reserve, _connections.Max, _connections.Asked);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage("File descriptors: {Limit}, of which {Open} are open and {Reserve} are reserved for the log. Connections and sessions together: at most {Max} (the options ask for {Asked}).")]
    private partial void LogLimit(LogLevel level, int limit, int open, int reserve, int max, int asked);
}
