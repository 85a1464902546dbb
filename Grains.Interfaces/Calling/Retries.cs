namespace Orleans.Log.Grains.Calling;

/// <summary>The repetitions of one call: how many there were, and whether time is left for another.</summary>
internal struct Retries(TimeProvider time, ClusterLogOptions options)
{
    /// <summary>How many times the first wait the longest one is.</summary>
    public const int LargestFactor = 20;

    private readonly long _begun = time.GetTimestamp();
    private int _done;
    private int _unanswered;

    /// <summary>
    /// May the call be made again? Always, while there is time, if it certainly had no effect and that may change soon; if nothing is known of it, only if repeating it does no harm.
    /// </summary>
    public bool Allows(in GrainFailure failure, bool harmless)
    {
        _unanswered += failure.IsUnknown ? 1 : 0;
        return (failure.IsPassing || (failure.IsUnknown && harmless)) && time.GetElapsedTime(_begun) < options.RetryFor;
    }

    /// <summary>How long the call that is now made is waited for, beyond what it was told to wait itself. The last one, after which there would be no time for another, as long as Orleans waits.</summary>
    public readonly TimeSpan NextPatience(TimeSpan wait)
    {
        var patience = Patience.After(_unanswered);
        return time.GetElapsedTime(_begun) + patience < options.RetryFor ? wait + patience : Timeout.InfiniteTimeSpan;
    }

    /// <summary>Waits before the next one; longer each time, and never as long as somebody else.</summary>
    public Task WaitAsync(CancellationToken cancellationToken)
    {
        var factor = Math.Min(1 << Math.Min(_done++, 10), LargestFactor);
        return Task.Delay(options.RetryDelay * factor * (0.5 + (Random.Shared.NextDouble() / 2)), time, cancellationToken);
    }
}
