namespace Orleans.Log.Client.Appending;

/// <summary>
/// Pauses between attempts: half of an exponentially growing time, plus a random part of the other half, so that the clients of a
/// server that comes back do not all come at once; and never less than the server asked for. Safe for use by any number of threads.
/// </summary>
/// <param name="shortest">Longest pause after the first failure; each further failure doubles it.</param>
/// <param name="longest">Longest pause of all, unless the server asks for more.</param>
/// <param name="time">The clock of the pauses.</param>
/// <param name="random">Gives numbers from 0 up to, not including, 1. Must be thread-safe.</param>
public sealed class Backoff(TimeSpan shortest, TimeSpan longest, TimeProvider time, Func<double> random)
{
    // 2^20 times the shortest pause is beyond any longest one that makes sense; more would overflow.
    private const int MaxDoublings = 20;

    /// <summary>The clock of the pauses.</summary>
    public TimeProvider Time { get; } = time;

    /// <summary>The pause after that many failures in a row, the first being 0.</summary>
    public TimeSpan Delay(int failures, TimeSpan? asked)
    {
        var grown = shortest * Math.Pow(2, Math.Min(failures, MaxDoublings));
        var capped = grown < longest ? grown : longest;
        var delay = (capped / 2) + (capped / 2 * random());
        return asked > delay ? asked.Value : delay;
    }

    /// <summary>Waits for that pause.</summary>
    public Task WaitAsync(int failures, TimeSpan? asked, CancellationToken cancellationToken) =>
        Task.Delay(Delay(failures, asked), Time, cancellationToken);
}
