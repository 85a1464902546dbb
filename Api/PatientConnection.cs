namespace Orleans.Log.Api;

/// <summary>The front may start before the silos: it goes on asking for a gateway until there is one, or it is told to stop.</summary>
internal sealed partial class PatientConnection(TimeProvider time, ILogger<PatientConnection> logger) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private bool _told;

    /// <inheritdoc/>
    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return false;

        if (!_told)
            LogWaiting(logger, exception.Message);

        _told = true;
        await Task.Delay(Pause, time, cancellationToken);
        return true;
    }

    [LoggerMessage(LogLevel.Warning, "No silo can be reached yet, and the front waits for one: {Reason}")]
    private static partial void LogWaiting(ILogger logger, string reason);
}
