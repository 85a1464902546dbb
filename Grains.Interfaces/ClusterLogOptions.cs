namespace Orleans.Log.Grains;

/// <summary>How <see cref="ClusterLogService"/> calls the cluster. Every default is valid.</summary>
public sealed class ClusterLogOptions
{
    /// <summary>
    /// How long a call that may be repeated without harm is repeated while the cluster is changing: 0 to 5 minutes, 10 s by default. What cannot be repeated is told to the caller at once.
    /// </summary>
    public TimeSpan RetryFor { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Wait before the first repetition, 1 ms to 10 s; it doubles with each further one, up to 20 times this. 50 ms by default.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Throws <see cref="ArgumentException"/> naming the option that is out of range.</summary>
    public void Validate()
    {
        if (RetryFor < TimeSpan.Zero || RetryFor > TimeSpan.FromMinutes(5))
            throw new ArgumentException("RetryFor must lie between 0 and 5 minutes.");

        if (RetryDelay < TimeSpan.FromMilliseconds(1) || RetryDelay > TimeSpan.FromSeconds(10))
            throw new ArgumentException("RetryDelay must lie between 1 ms and 10 s.");
    }
}
