using Microsoft.Extensions.Hosting;
using Orleans.Log.Api.Endpoints;

namespace Orleans.Log.Api.Server;

/// <summary>
/// Holds a stop until the callers had their last answer. The web server closes a connection between two requests, and a caller that sends the next one at
/// that moment sees a reset: it cannot know whether its request was carried out. While the server stops every answer says <c>Connection: close</c>, so
/// callers that are busy leave by themselves within one request; only then is the rest closed, which is idle.
/// </summary>
internal sealed class GracefulStop(RequestActivity activity, IHostApplicationLifetime lifetime, TimeProvider time) : IHostedLifecycleService
{
    /// <summary>A caller that is busy sends its next request within this time. A server that was idle for so long stops immediately.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(250);

    /// <summary>Longest time that is spent on this: callers that reconnect all the time never leave. What is in progress then has the rest of the shutdown.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);

    /// <inheritdoc/>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        // Followers, sessions and readers at the tail end by this.
        lifetime.StopApplication();
        var began = time.GetTimestamp();
        while (!activity.IsQuietFor(Quiet) && time.GetElapsedTime(began) < Longest && !cancellationToken.IsCancellationRequested)
            await Task.Delay(Interval, time, CancellationToken.None);
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
