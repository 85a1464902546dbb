namespace Orleans.Log.Client;

/// <summary>
/// Pauses between attempts: half of an exponentially growing time, plus a random part of the other half, so that the clients of a
/// server that comes back do not all come at once; and never less than the server asked for.
/// </summary>
internal sealed class Backoff(LogClientOptions options)
{
    // 2^20 times the shortest pause is beyond any longest one that makes sense; more would overflow.
    private const int MaxDoublings = 20;

    /// <summary>The pause after that many failures in a row, the first being 0.</summary>
    public TimeSpan Delay(int failures, TimeSpan? asked)
    {
        var grown = options.MinRetryDelay * Math.Pow(2, Math.Min(failures, MaxDoublings));
        var capped = grown < options.MaxRetryDelay ? grown : options.MaxRetryDelay;
        var delay = (capped / 2) + (capped / 2 * options.Random());
        return asked > delay ? asked.Value : delay;
    }

    /// <summary>Waits for that pause.</summary>
    public Task WaitAsync(int failures, TimeSpan? asked, CancellationToken cancellationToken) =>
        Task.Delay(Delay(failures, asked), options.TimeProvider, cancellationToken);
}
